import COneDNN
import Errors

extension Tensor {
  /// The numbers divided by `scale` and rounded to the nearest integer of 8 bits, `int8` or `uint8`; what lies
  /// beyond their range becomes its end. Symmetric: 0 stays 0 (Jacob et al., "Quantization and Training
  /// of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, section 2.1, with zero-point 0).
  ///
  /// Traps unless the scale is positive and the tensor is none that is quantized already.
  package func quantized(_ type: ElementType, scale: Float) throws(TensorError) -> Tensor {
    try quantized(as: .rowMajor(shape.dimensions, type), scale: scale)
  }

  /// The same, in memory as `target` describes it.
  func quantized(
    as target: MemoryDescription, scale: Float
  ) throws(TensorError) -> Tensor {
    precondition(self.scale == nil && scale > 0, "\(elementType) by \(scale)")
    var quantized = try reordered(as: target, times: 1 / scale)
    quantized.scale = scale
    return quantized
  }

  /// The numbers that a quantized tensor stands for, in single precision; any other tensor itself.
  package func dequantized() throws(TensorError) -> Tensor {
    guard let scale else { return self }
    return try reordered(as: description.rowMajor(.float32), times: scale)
  }
}
