import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import Testing
import Trainers

/// Tests that users folded in from the ratings they were trained with equal the trained users, if training solves them
/// exactly.
struct TrainedFoldInTests {
  private func model(
    _ kind: any Trainer.Type, _ options: [String: String], on table: InteractionTable
  ) throws -> any ScoredModel {
    let fitted = try kind.init(reading: options).fit(
      TrainingData(training: table), in: TrainingContext())
    let ratings = try table.split(by: .none)
    let bytes = try fitted.learned.contents(
      kind: kind.name, catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
    return try RecommenderForm.open(SafetensorsFile(MappedFile(copying: bytes, named: "model")))
  }

  @Test(arguments: [
    ("als", ["sweeps": "300", "factors": "3"]), ("bias-only", ["sweeps": "100"]),
    ("implicit-als", ["sweeps": "300", "factors": "3", "confidence": "value"]),
    ("implicit-als", ["sweeps": "300", "factors": "20"]), ("svd", ["factors": "6"]),
    ("item-item", [:]), ("graph-filter", ["components": "5"]), ("popularity", [:]),
  ])
  func usersAreThoseOfTheTraining(_ name: String, _ options: [String: String]) throws {
    let table = try RatingProblem.planted(users: 40, items: 30, chance: 0.4, seed: 3).table()
    let kind = try #require(TrainerRegistry.trainer(named: name))
    let model = try model(kind, options, on: table)
    for user in (0..<table.userCount).map({ UserIndex($0) }) {
      let own = table.positions(of: user).map {
        ItemRating(item: ItemIndex(table.items[$0]), value: table.values[$0])
      }
      let (made, trained) = (try model.user(of: own.reversed()), model.user(at: user))
      #expect(made.ratedItems == trained.ratedItems)
      for item in (0..<table.itemCount).map({ ItemIndex($0) }) {
        let (found, expected) = (
          model.score(for: made, item: item), model.score(for: trained, item: item)
        )
        #expect(abs(found - expected) < 0.01, "user \(user), item \(item)")
      }
    }
  }

  private static let options = [
    "dot-bias": ["epochs": "60", "learning-rate": "0.02", "batch": "16"]
  ]

  /// For models trained in other ways they come close: closer to the ratings than the average user.
  @Test(arguments: ["bayes", "dot-bias"]) func usersOfPredictorsFollowTheirRatings(
    _ name: String
  ) throws {
    let table = try RatingProblem.planted(users: 60, items: 40, chance: 0.5, seed: 4).table()
    let kind = try #require(TrainerRegistry.trainer(named: name))
    let model = try model(kind, Self.options[name] ?? [:], on: table)
    var errors: (made: Float, average: Float) = (0, 0)
    for user in (0..<table.userCount).map({ UserIndex($0) }) {
      let own = table.positions(of: user).map {
        ItemRating(item: ItemIndex(table.items[$0]), value: table.values[$0])
      }
      // Folded in from every other rating, and judged by the rest.
      let made = try model.user(of: own.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
      for (place, rating) in own.enumerated() where place % 2 == 1 {
        let miss = model.predict(for: made, item: rating.item) - rating.value
        let other = model.predict(for: model.averageUser, item: rating.item) - rating.value
        errors.made += miss * miss
        errors.average += other * other
      }
    }
    #expect(errors.made < 0.7 * errors.average, "\(errors)")
  }
}
