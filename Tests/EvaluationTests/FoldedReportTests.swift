import Evaluation
import Interactions
import Recommenders
import Testing

/// Compares a report over folds with a single report of all the model's answers.
@Suite struct FoldedReportTests {
  private let folds: [(report: ModelReport, heldOut: HeldOutRatings)]
  private let errors: [Double]
  private let gains: [Double]

  /// Three folds, each with its own model.
  init() throws {
    var errors: [Double] = []
    var gains: [Double] = []
    folds = try (0..<3).map { number in
      let judged = try JudgedModels(split: .fold(number, of: 3, seed: 5))
      let answers = ModelAnswers(
        name: "random", model: try judged.ownModel(), ratings: judged.ratings,
        metrics: Metric.detailed, threadCount: 1)
      let heldOut = judged.ratings.heldOut
      for (predicted, value) in zip(try #require(answers.predictions), heldOut.values) {
        errors.append(Double(predicted) - Double(value))
      }
      let report = answers.report()
      let userCount = try #require(answers.lists).users.count
      gains.append((try #require(report[.ndcgAt10])) * Double(userCount))
      gains.append(Double(userCount))
      return (report, heldOut)
    }
    self.errors = errors
    self.gains = gains
  }

  @Test func errorsAreOfAllRatingsAndListsOfAllUsersInAllFolds() throws {
    let whole = ModelReport(name: "all", folds: folds)
    let square = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
    #expect(abs(try #require(whole[.mse]) - square) < 1e-9)
    #expect(abs(try #require(whole[.rmse]) - square.squareRoot()) < 1e-9)
    let sum = stride(from: 0, to: gains.count, by: 2).reduce(0) { $0 + gains[$1] }
    let count = stride(from: 1, to: gains.count, by: 2).reduce(0) { $0 + gains[$1] }
    #expect(abs(try #require(whole[.ndcgAt10]) - sum / count) < 1e-9)
    let coverage = folds.compactMap { $0.report[.coverageAt10] }
    #expect(coverage.count == 3)
    #expect(
      abs(try #require(whole[.coverageAt10]) - coverage.reduce(0, +) / 3) < 1e-9)
  }

  /// A user is resampled with all folds, so intervals are no narrower than those of as many independent users.
  @Test func intervalsHoldTheFigureAndFoldsOfOneAreThatFold() throws {
    let whole = ModelReport(name: "all", folds: folds)
    for metric in [Metric.rmse, .ndcgAt10] {
      let interval = try #require(whole.interval(of: metric))
      #expect(interval.contains(try #require(whole[metric])))
      #expect(interval.upperBound - interval.lowerBound > 0)
    }
    let one = ModelReport(name: "all", folds: [folds[0]])
    for metric in Metric.detailed {
      let (figure, own) = (try #require(one[metric]), try #require(folds[0].report[metric]))
      #expect(abs(figure - own) < 1e-12)
    }
    let gain = try #require(one.gain(over: ModelReport(name: "all", folds: [folds[0]]), by: .rmse))
    #expect(gain.estimate == 0 && gain.interval == 0...0)
  }
}
