import Foundation
import Layers
import Learning
import TensorCore
import TestEnvironment
import Testing

@Suite struct AdamWTests {
  /// The formula for one number, in double precision.
  private struct Oracle {
    var p: Double
    var m = 0.0
    var v = 0.0
    var t = 0

    mutating func step(_ g: Double, rate: Double, momentum: Double, decay: Double) {
      t += 1
      p *= 1 - rate * decay
      m = momentum * m + (1 - momentum) * g
      v = 0.99 * v + 0.01 * g * g
      p -=
        rate / (1 - pow(momentum, Double(t))) * m
        / ((v / (1 - pow(0.99, Double(t)))).squareRoot() + 1e-5)
    }
  }

  @Test(arguments: [true, false]) func followsItsFormula(_ isDecayed: Bool) {
    var generator = SplitMix64(seed: 1)
    let start = (0..<7).map { _ in Float.random(in: -1...1, using: &generator) }
    let parameter = Parameter(Tensor([7], start), isDecayed: isDecayed)
    let optimizer = AdamW(
      [ParameterGroup("all", [parameter])], options: AdamW.Options(weightDecay: 0.1))
    var oracles = start.map { Oracle(p: Double($0)) }
    for step in 1...60 {
      // The last number's gradient is often zero.
      let gradient = (0..<7).map { number in
        number == 6 && step % 5 > 0 ? 0 : Float.random(in: -1...1, using: &generator)
      }
      let (rate, momentum) = (0.01 + 0.001 * Double(step % 7), 0.85 + 0.01 * Double(step % 10))
      parameter.gradient = .dense(Tensor([7], gradient))
      optimizer.step(rates: [rate], momentum: momentum)
      #expect(parameter.gradient == nil)
      for number in 0..<7 {
        oracles[number].step(
          Double(gradient[number]), rate: rate, momentum: momentum, decay: isDecayed ? 0.1 : 0)
      }
    }
    for (found, oracle) in zip(parameter.value.elements(), oracles) {
      #expect(abs(Double(found) - oracle.p) < 2e-6)
    }
  }

  @Test func rowGradientsAreDenseOnes() {
    let values = Tensor([4, 2], (0..<8).map { Float($0) / 8 })
    let rows = Parameter(values)
    let dense = Parameter(values)
    let optimizer = AdamW([ParameterGroup("both", [rows, dense])], options: AdamW.Options())
    for step in 0..<5 {
      let gradient = RowGradient(
        rows: [1, 3, 1], values: Tensor([3, 2], [1, -1, 2, 0.5, Float(step), 3]),
        tableShape: [4, 2])
      rows.gradient = .rows(gradient)
      dense.gradient = .dense(gradient.tensor)
      optimizer.step(rates: [0.01], momentum: 0.9)
    }
    #expect(rows.value.elements() == dense.value.elements())
    #expect(rows.value.elements() != values.elements())
  }

  @Test func frozenGroupsAndUnusedParametersStay() {
    let frozen = Parameter(Tensor([2], repeating: Float(1)))
    let unused = Parameter(Tensor([2], repeating: Float(1)))
    frozen.gradient = .dense(Tensor([2], repeating: Float(1)))
    let body = ParameterGroup("body", [frozen])
    body.setFrozen(true)
    let optimizer = AdamW([body, ParameterGroup("head", [unused])], options: AdamW.Options())
    optimizer.step(rates: [0.1, 0.1], momentum: 0.9)
    #expect(frozen.value.elements() == [1, 1])
    #expect(unused.value.elements() == [1, 1])
  }
}
