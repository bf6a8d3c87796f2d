import Evaluation
import Foundation
import Interactions
import Ratings
import Recommenders
import Testing

@Suite struct RatingErrorsTests {
  @Test(arguments: [false, true])
  func errorsAreThoseOfTheFormula(isForeign: Bool) throws {
    let judged = try JudgedModels()
    let model = isForeign ? try judged.foreignModel() : try judged.ownModel()
    let errors = try #require(
      RatingErrors(of: model, on: judged.ratings.heldOut, threadCount: 1))
    let differences = judged.ratings.heldOut.ratings.rows.map { rating in
      Double(
        model.predict(
          for: model.user(at: model.users.index(of: rating.user)),
          item: model.items.index(of: rating.item)))
        - rating.value
    }
    let count = Double(differences.count)
    #expect(errors.count == differences.count && errors.count > 100)
    #expect(abs(errors.mse - differences.reduce(0) { $0 + $1 * $1 } / count) < 1e-9)
    #expect(abs(errors.mae - differences.reduce(0) { $0 + abs($1) } / count) < 1e-9)
    #expect(abs(errors.rmse - sqrt(errors.mse)) < 1e-12)
  }

  @Test func theNumberOfThreadsChangesNoBit() throws {
    let judged = try JudgedModels(count: 120_000)
    let model = try judged.ownModel()
    let one = RatingErrors(of: model, on: judged.ratings.heldOut, threadCount: 1)
    for threadCount in [2, 5] {
      #expect(
        RatingErrors(of: model, on: judged.ratings.heldOut, threadCount: threadCount) == one)
    }
  }

  @Test func withoutHeldOutRatingsThereAreNoFigures() throws {
    let judged = try JudgedModels(split: .none)
    let report = ModelReport(
      name: "x", model: try judged.ownModel(), ratings: judged.ratings, threadCount: 1)
    #expect(report.errors == nil && report.ranking == nil)
    #expect(report.figures.isEmpty)
  }
}
