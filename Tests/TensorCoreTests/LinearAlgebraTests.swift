import TensorCore
import TestEnvironment
import Testing

/// Compares Gram matrices and eigensystems with their definitions.
@Suite struct LinearAlgebraTests {
  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
  }

  @Test(arguments: [(0, 3), (1, 1), (700, 5), (5000, 17)])
  func gramMatricesAreSumsOfProducts(_ rows: Int, _ length: Int) {
    let matrix = numbers(rows * length, seed: 1)
    let found = [1, 3].map { threads in
      matrix.withUnsafeBufferPointer {
        GramMatrix.of($0, length: length, in: ComputeContext(threadCount: threads))
      }
    }
    #expect(found[0] == found[1])
    for left in 0..<length {
      for right in 0..<length {
        let sum = (0..<rows).reduce(0.0) {
          $0 + Double(matrix[$1 * length + left]) * Double(matrix[$1 * length + right])
        }
        #expect(abs(Double(found[0][left * length + right]) - sum) < 1e-2)
      }
    }
  }

  @Test(arguments: [1, 2, 16, 45]) func eigenvectorsAreStretchedByTheirValues(_ order: Int) throws {
    let stride = order + 3
    var matrix = [Float](repeating: 9, count: order * stride)
    let random = numbers(order * order, seed: 2)
    for row in 0..<order {
      for column in 0..<order {
        matrix[row * stride + column] = random[row * order + column] + random[column * order + row]
      }
    }
    let system = try #require(SymmetricEigensystem(of: matrix, order: order, stride: stride))
    for number in 0..<order {
      let vector = system.vectors[number * order..<(number + 1) * order].map { Double($0) }
      #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
      for row in 0..<order {
        let product = (0..<order).reduce(0.0) {
          $0 + Double(matrix[row * stride + $1]) * vector[$1]
        }
        #expect(abs(product - Double(system.values[number]) * vector[row]) < 1e-4)
      }
    }
    // In the eigenvector basis, each eigenvector is a unit vector; elements beyond the order are unchanged.
    var rows = (0..<order).flatMap { number -> [Float] in
      Array(system.vectors[number * order..<(number + 1) * order]) + [1, 2, 3]
    }
    rows.withUnsafeMutableBufferPointer {
      system.changeBasis(of: $0, stride: stride, in: ComputeContext(threadCount: 2))
    }
    for row in 0..<order {
      for column in 0..<order {
        #expect(abs(rows[row * stride + column] - (row == column ? 1 : 0)) < 1e-4)
      }
      #expect(rows[row * stride + order + 2] == 3)
    }
  }

  @Test func whatIsNotFiniteHasNoEigensystem() {
    #expect(SymmetricEigensystem(of: [1, .nan, .nan, 1], order: 2, stride: 2) == nil)
  }
}
