import Evaluation
import Foundation
import Interactions
import Ratings
import Recommenders
import Testing

/// Compares prediction errors with the formula and checks that they do not depend on the number of threads.
@Suite struct ErrorMetricsTests {
  @Test(arguments: [false, true])
  func errorsAreThoseOfTheFormula(isForeign: Bool) throws {
    let judged = try JudgedModels()
    let model = isForeign ? try judged.foreignModel() : try judged.ownModel()
    let report = ModelReport(
      name: "x", model: model, ratings: judged.ratings, threadCount: 1)
    let differences = judged.ratings.heldOut.ratings.rows.map { rating in
      Double(
        model.predict(
          for: model.user(at: model.users.index(of: rating.user)),
          item: model.items.index(of: rating.item)))
        - rating.value
    }
    let count = Double(differences.count)
    #expect(differences.count > 100)
    let mse = differences.reduce(0) { $0 + $1 * $1 } / count
    #expect(abs(try #require(report[.mse]) - mse) < 1e-9)
    #expect(abs(try #require(report[.rmse]) - sqrt(mse)) < 1e-9)
    #expect(
      abs(try #require(report[.mae]) - differences.reduce(0) { $0 + abs($1) } / count) < 1e-9)
  }

  @Test func theNumberOfThreadsChangesNoBit() throws {
    let judged = try JudgedModels(count: 120_000)
    let model = try judged.ownModel()
    func report(_ threadCount: Int) -> ModelReport {
      ModelReport(
        name: "x", model: model, ratings: judged.ratings, metrics: [.mse, .mae],
        threadCount: threadCount)
    }
    let one = report(1)
    for threadCount in [2, 5] { #expect(report(threadCount) == one) }
  }
}
