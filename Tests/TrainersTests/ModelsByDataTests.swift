import Errors
import Learning
import Testing
import Trainers

/// Tests which models are trained if none is named.
struct ModelsByDataTests {
  private func models(
    items: Int = 9_000, count: Int = 100_000, areOpinions: Bool = true,
    memoryLimit: Double = 8e9, _ given: [String: String] = [:]
  ) throws(TrainingError) -> ModelsByData {
    try ModelsByData(
      for: ModelsByData.Ratings(
        users: 600, items: items, count: count, areOpinions: areOpinions, memoryLimit: memoryLimit),
      given: given)
  }

  private func names(_ models: ModelsByData) -> [String?] {
    [type(of: models.ranking).name, models.predicting.map { type(of: $0).name }]
  }

  @Test func starsAreRankedByPairsOfItemsAndPredictedByBayes() throws {
    let chosen = try models()
    #expect(names(chosen) == ["item-item", "bayes"])
    #expect(chosen.reason == "9000 items, and values are ratings")
  }

  @Test func playsAreNotPredicted() throws {
    let chosen = try models(areOpinions: false)
    #expect(names(chosen) == ["item-item", nil])
    #expect(chosen.reason == "9000 items, and no ratings to predict")
  }

  @Test func tooManyItemsForTheirPairsAreRankedByFactors() throws {
    #expect(try names(models(items: 40_000, memoryLimit: 64e9)) == ["item-item", "bayes"])
    let many = try models(items: 40_001, memoryLimit: 64e9)
    #expect(names(many) == ["implicit-als", "bayes"])
    #expect(many.reason.contains("too many for an item-item matrix"))
    // The table of pairs of 20,000 items takes at least 1.6 GB.
    let tight = try models(items: 20_000, memoryLimit: 2e9)
    #expect(names(tight) == ["implicit-als", "bayes"])
    #expect(tight.reason.contains("too many for an item-item matrix"), "\(tight.reason)")
  }

  /// An option selects the model that has it, if that model suits the ratings.
  @Test func optionsGoToTheModelsThatHaveThem() throws {
    #expect(try names(models(["factors": "16"])) == ["item-item", "bayes"])
    #expect(try names(models(["confidence": "log"])) == ["implicit-als", "bayes"])
    let ranker = try models(areOpinions: false, ["regularization": "20"])
    #expect(ranker.ranking.record["regularization"]?.hasPrefix("20") == true)
  }

  @Test func whatNoModelCanUseIsRefused() throws {
    let unused = #expect(throws: TrainingError.self) {
      try models(["dropout": "0.3", "alpha": "2"])
    }
    #expect(unused?.code == .badOption && unused?.place == "alpha")
    let outOfBounds = #expect(throws: TrainingError.self) { try models(["factors": "0"]) }
    #expect(outOfBounds?.code == .badOption)
  }
}
