import Foundation
import TensorCore
import Testing

@Suite struct VectorFunctionTests {
  @Test func exponentialAgreesWithTheLibrary() {
    for x in stride(from: Float(-86), through: 88, by: 0.37) {
      let found = Double(SIMD8<Float>(repeating: x).exponential[3])
      let expected = Foundation.exp(Double(x))
      #expect(abs(found / expected - 1) < 3e-7, "e^\(x): \(found) against \(expected)")
    }
    #expect(SIMD8<Float>(repeating: -200).exponential == SIMD8(repeating: 0))
    #expect(SIMD8<Float>(repeating: 1000).exponential[0].isFinite)
  }

  @Test func logisticIsTameAtTheEnds() {
    #expect(abs(SIMD8<Float>(repeating: 0).logistic[0] - 0.5) < 1e-7)
    #expect(SIMD8<Float>(repeating: 1e9).logistic[0] == 1)
    #expect(abs(SIMD8<Float>(repeating: -1e9).logistic[0]) < 1e-30)
    #expect(SIMD8<Float>(repeating: .nan).logistic[0].isNaN)
  }
}
