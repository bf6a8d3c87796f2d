import COneDNN
import Errors

extension Tensor {
  /// Returns the values divided by `scale` and rounded to 8-bit integers, `int8` or `uint8`, saturating at the ends of
  /// their range. Symmetric: 0 stays 0 (Jacob et al., "Quantization and Training of Neural Networks for Efficient
  /// Integer-Arithmetic-Only Inference", 2018, section 2.1, with zero-point 0).
  ///
  /// Traps unless the scale is positive and the tensor is not quantized yet.
  package func quantized(_ type: ElementType, scale: Float) throws(TensorError) -> Tensor {
    try quantized(as: .rowMajor(shape.dimensions, type), scale: scale)
  }

  /// Returns the quantized tensor in the memory format `target`.
  func quantized(
    as target: MemoryDescription, scale: Float
  ) throws(TensorError) -> Tensor {
    precondition(self.scale == nil && scale > 0, "\(elementType) by \(scale)")
    var quantized = try reordered(as: target, times: 1 / scale)
    quantized.scale = scale
    return quantized
  }

  /// Returns the values of a quantized tensor in single precision; any other tensor unchanged.
  package func dequantized() throws(TensorError) -> Tensor {
    guard let scale else { return self }
    return try reordered(as: description.rowMajor(.float32), times: scale)
  }
}
