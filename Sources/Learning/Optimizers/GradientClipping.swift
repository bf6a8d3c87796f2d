package import Layers
import TensorCore

/// Keeps gradients from being too long before a step.
package enum GradientClipping: Sendable, Equatable {
  /// All gradients together, as one vector, are scaled down to this length (Euclidean norm) when they
  /// are longer: `g * limit / (norm + 1e-6)`, as PyTorch does it.
  case globalNorm(Double)
  /// Each number of each gradient is held within -limit ... limit.
  case value(Double)
}

extension GradientClipping {
  /// Clips the gradients of `parameters` and returns their norm before that. Gradients of table rows
  /// become dense ones. Complexity: O(numbers).
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
      // In this order a NaN stays one, and the loss's check finds it.
      parameters.changeGradients { $0 > bound ? bound : $0 < -bound ? -bound : $0 }
    }
    return norm
  }
}

extension Tensor {
  /// The sum of squares: of 1,024 in single precision, added up in double.
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
