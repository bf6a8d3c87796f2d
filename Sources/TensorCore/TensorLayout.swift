/// Where the elements of a tensor lie in its memory.
enum TensorLayout: Hashable, Sendable {
  /// Without gaps, the last dimension side by side.
  case rowMajor
  /// As a kernel of oneDNN wants them, as in blocks of 16 channels: activations stay so from layer to
  /// layer.
  case blocked(MemoryDescription)
}
