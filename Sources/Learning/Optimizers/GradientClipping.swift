package import Layers
import TensorCore

/// Limits the size of gradients before a step.
package enum GradientClipping: Sendable, Equatable {
  /// Scales all gradients, taken as one vector, down to this Euclidean norm if theirs is larger: `g * limit / (norm +
  /// 1e-6)`, as in PyTorch.
  case globalNorm(Double)
  /// Clamps each element of each gradient to -limit ... limit.
  case value(Double)
}

extension GradientClipping {
  /// Clips the gradients of `parameters` and returns their norm before clipping. Row gradients become dense.
  /// Complexity: O(numbers).
  @discardableResult
  package func clip(_ parameters: [Parameter]) -> Double {
    var norm = 0.0
    for parameter in parameters {
      guard let gradient = parameter.gradient else { continue }
      let tensor = gradient.tensor
      parameter.gradient = .dense(tensor)
      norm += tensor.squaredNorm
    }
    norm = norm.squareRoot()
    switch self {
    case .globalNorm(let limit):
      let factor = Float(limit / (norm + 1e-6))
      guard factor < 1 else { break }
      parameters.changeGradients { $0 * factor }
    case .value(let limit):
      let bound = Float(limit)
      // The order of comparisons preserves NaN, so that the check of the loss finds it.
      parameters.changeGradients { $0 > bound ? bound : $0 < -bound ? -bound : $0 }
    }
    return norm
  }
}

extension Tensor {
  /// The sum of squares: blocks of 1,024 in single precision, accumulated in double.
  fileprivate var squaredNorm: Double {
    withElements { elements in
      var total = 0.0
      for start in stride(from: 0, to: elements.count, by: 1024) {
        var lanes = SIMD8<Float>()
        for position in start..<min(start + 1024, elements.count) {
          lanes[position & 7] += elements[position] * elements[position]
        }
        total += Double(lanes.sum())
      }
      return total
    }
  }
}
