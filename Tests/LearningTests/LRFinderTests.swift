import Errors
import Foundation
import Layers
import Learning
import Testing

@Suite struct LRFinderTests {
  @Test func suggestionsAreFastais() throws {
    for (number, golden) in try LearningGolden().curves.enumerated() {
      let curve = LRCurve(
        points: golden.losses.enumerated().map { step, loss in
          LRCurve.Point(rate: 1e-7 * pow(1e8, Double(step) / 100), loss: loss ?? .nan)
        })
      let found = LRSuggestions(curve)
      for (name, found, expected) in [
        ("steepest", found.steepest, golden.steepest), ("minimum", found.minimum, golden.minimum),
        ("valley", found.valley, golden.valley), ("slide", found.slide, golden.slide),
      ] {
        let found = try #require(found)
        #expect(abs(found / expected - 1) < 1e-5, "\(name) of curve \(number)")
      }
    }
  }

  @Test func shortCurvesSuggestWhatTheyCan() {
    func suggestions(_ losses: [Double]) -> LRSuggestions {
      LRSuggestions(
        LRCurve(
          points: losses.enumerated().map { LRCurve.Point(rate: exp(Double($0)), loss: $1) }))
    }
    for count in [0, 1, 15] {
      let none = suggestions(Array(repeating: 1, count: count))
      #expect(none.all.allSatisfy { $0.rate == nil })
    }
    // Of 16 points one remains, which is a minimum but has no slope.
    let one = suggestions(Array(repeating: 1, count: 16))
    #expect(one.steepest == nil && one.slide == nil)
    #expect(one.minimum.map { abs($0 / (exp(10) / 10) - 1) < 1e-12 } == true)
    #expect(one.valley.map { abs($0 / exp(10) - 1) < 1e-12 } == true)
    // The longest fall ends at the second point. The suggestion is not below the first point, where fastai takes the
    // last one.
    let two = suggestions(Array(repeating: 1, count: 10) + [2, 1] + Array(repeating: 3, count: 9))
    #expect(two.valley.map { abs($0 / exp(10) - 1) < 1e-12 } == true)
    #expect(suggestions(Array(repeating: .nan, count: 100)).all.allSatisfy { $0.rate == nil })
  }

  @Test func ratesRiseByEqualFactors() throws {
    let model = ScriptedModel([], trainingCount: 10)
    let curve = try Learner(model, batchSize: 4, order: .byNumber).findLearningRate()
    #expect(curve.points.count == 100 && model.rates.count == 100)
    for (step, point) in curve.points.enumerated() {
      #expect(abs(point.rate / (1e-7 * pow(1e8, Double(step) / 100)) - 1) < 1e-9)
    }
    // Two batches per epoch, repeatedly, without validation.
    #expect(model.seen[..<3] == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 2, 3]])
    #expect(model.validated.isEmpty)
  }

  @Test func judgesAllButAFirstTenthAndFivePoints() throws {
    for (stepCount, first) in [(100, 10), (40, 4), (200, 20)] {
      let learner = Learner(
        ScriptedModel([], trainingCount: 4), batchSize: 4, order: .byNumber)
      let curve = try learner.findLearningRate(stepCount: stepCount)
      #expect(curve.judged.indices == first..<stepCount - 5)
    }
  }

  @Test func endsWhenTheLossHasGrownFourfold() throws {
    let model = ScriptedModel(Array(repeating: 1, count: 20) + [500, 500], trainingCount: 4)
    let curve = try Learner(model, batchSize: 4, order: .byNumber).findLearningRate()
    #expect(curve.points.count == 21)
    #expect((curve.points.last?.loss ?? 0) > 4)
    #expect(model.weight == 0)
  }

  @Test func afterANumberThatIsNoneNothingIsTried() throws {
    let model = ScriptedModel(Array(repeating: 1, count: 50) + [.nan], trainingCount: 4)
    let curve = try Learner(model, batchSize: 4, order: .byNumber).findLearningRate()
    #expect(curve.points.count == 100 && model.rates.count == 51)
    #expect(curve.judged.count == 40)
    let infinite = ScriptedModel([1, 1, .infinity], trainingCount: 4)
    #expect(
      try Learner(infinite, batchSize: 4, order: .byNumber).findLearningRate().points.count == 3)
  }

  @Test func staysBelowTheLimit() throws {
    let model = ScriptedModel([], trainingCount: 4)
    model.rateLimit = 1e-3
    let curve = try Learner(model, batchSize: 4, order: .byNumber).findLearningRate()
    #expect((curve.points.last?.rate ?? 1) <= 1e-3 && curve.points.count == 51)
  }

  @Test func nothingIsLeftOfASearch() throws {
    let problem = ProductProblem()
    func network(searching: Bool) throws -> [UInt32] {
      let network = Perceptron(seed: 5)
      let learner = Learner(
        problem.training(of: network), batchSize: 20, order: .shuffled(seed: 6))
      for _ in 0..<2 {
        if searching {
          let before = network.bits
          let curve = try learner.findLearningRate()
          #expect(curve.points.count > 50)
          #expect(LRSuggestions(curve).valley.map { (1e-4...1).contains($0) } == true)
          #expect(network.bits == before)
        }
        _ = try learner.fit(epochCount: 2, peakRates: [0.01])
      }
      return network.bits
    }
    #expect(try network(searching: true) == network(searching: false))
  }

  @Test func refusesToSearchOnNothing() {
    let error = #expect(throws: TrainingError.self) {
      try Learner(ScriptedModel([], trainingCount: 0), batchSize: 2, order: .byNumber)
        .findLearningRate()
    }
    #expect(error?.code == .badData)
  }
}
