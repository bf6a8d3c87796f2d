import Foundation
import Layers
import Learning
import TensorCore
import TestEnvironment
import Testing

@Suite struct OptimizerTests {
  /// The formula for a single number, in double precision.
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
      // The last element's gradient is often zero.
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

  /// Runs the script's 20 steps and returns the parameter.
  private func golden(_ make: ([ParameterGroup]) -> any Optimizer) -> [Float] {
    let parameter = Parameter(Tensor([7], LearningGolden.uniform(1, 7)))
    let optimizer = make([ParameterGroup("all", [parameter])])
    for step in 0..<20 {
      parameter.gradient = .dense(Tensor([7], LearningGolden.uniform(UInt64(100 + step), 7)))
      optimizer.step(
        rates: [0.01 + 0.001 * Double(step % 7)], momentum: 0.85 + 0.01 * Double(step % 10))
    }
    return parameter.value.elements()
  }

  @Test func stepsAreFastais() throws {
    let expected = try LearningGolden()
    let adamW = golden { AdamW($0, options: AdamW.Options(weightDecay: 0.1)) }
    #expect(agree(adamW, expected.adamW, within: 1e-6))
    let sgd = golden { SGD($0, options: SGD.Options(weightDecay: 0.1)) }
    #expect(agree(sgd, expected.sgd, within: 1e-6))
  }

  @Test(arguments: [[], [3], [1000, 129], [1 << 17], [(1 << 18) + 13]])
  func threadsAndPartsChangeNoBit(_ dimensions: [Int]) {
    let shape = Shape(dimensions)
    var generator = SplitMix64(seed: 6)
    func random() -> Tensor {
      Tensor(
        shape,
        (0..<shape.elementCount).map { _ in Float.random(in: -1...1, using: &generator) })
    }
    let (start, gradients) = (random(), (0..<3).map { _ in random() })
    for makeOptimizer: () -> any Optimizer in [
      { AdamW([], options: AdamW.Options()) },
      { SGD([], options: SGD.Options(weightDecay: 0.1)) },
    ] {
      let results = [1, 2, 3].map { threads in
        let optimizer = makeOptimizer()
        var value = start
        var state = ParameterState(
          step: 0, averages: (0..<optimizer.averageCount).map { _ in .zeros(shape) })
        for gradient in gradients {
          state.step += 1
          ComputeContext(threadCount: threads).bind {
            optimizer.update(
              &value, by: gradient, &state,
              ParameterStep(rate: 0.01, momentum: 0.9, isDecayed: true))
          }
        }
        return value.elements().map(\.bitPattern)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
      #expect(results[0] != start.elements().map(\.bitPattern))
    }
  }

  @Test func stateIsKeptClearedAndTakenUp() throws {
    let parameters = (0..<2).map { _ in Parameter(Tensor([3], [1, 2, 3] as [Float])) }
    let optimizer = AdamW([ParameterGroup("all", parameters)], options: AdamW.Options())
    func step() {
      for parameter in parameters {
        parameter.gradient = .dense(Tensor([3], [0.5, -1, 2] as [Float]))
      }
      optimizer.step(rates: [0.01], momentum: 0.9)
    }
    step()
    let first = parameters[0].value.elements()
    step()
    let kept = try #require(optimizer.state(of: parameters[0]))
    #expect(kept.step == 2 && kept.averages.count == 2)
    // What follows depends only on the state.
    let values = parameters[0].value
    step()
    let third = parameters[0].value.elements()
    parameters[0].value = values
    optimizer.setState(kept, of: parameters[0])
    step()
    #expect(parameters[0].value.elements() == third)
    #expect(optimizer.state(of: parameters[1])?.step == 4)
    optimizer.clearState()
    #expect(optimizer.state(of: parameters[0]) == nil)
    parameters[0].value = Tensor([3], [1, 2, 3] as [Float])
    step()
    #expect(parameters[0].value.elements() == first)
  }

  @Test func clippingIsPyTorchs() throws {
    let expected = try LearningGolden().clipping
    let parameters = [Parameter(.zeros([5])), Parameter(.zeros([3])), Parameter(.zeros([2]))]
    parameters[0].gradient = .dense(Tensor([5], LearningGolden.uniform(2, 5)))
    parameters[1].gradient = .dense(Tensor([3], LearningGolden.uniform(3, 3)))
    func gradients() -> [Float] { parameters.flatMap { $0.gradient?.tensor.elements() ?? [] } }
    #expect(abs(GradientClipping.globalNorm(0.4).clip(parameters) - expected.norm) < 1e-6)
    #expect(agree(gradients(), expected.byNorm, within: 1e-7))
    GradientClipping.value(0.1).clip(parameters)
    #expect(agree(gradients(), expected.thenByValue, within: 1e-7))
    // The norm is within the limit, so nothing changes.
    let before = gradients()
    GradientClipping.globalNorm(100).clip(parameters)
    #expect(gradients() == before)
  }

  @Test func clippingSumsTheUsesOfARow() {
    let table = Parameter(.zeros([2, 1]))
    table.gradient = .rows(
      RowGradient(rows: [1, 1], values: Tensor([2, 1], [3, -3] as [Float]), tableShape: [2, 1]))
    #expect(GradientClipping.value(2).clip([table]) < 1e-12)
    #expect(table.gradient?.tensor.elements() == [0, 0])
  }
}
