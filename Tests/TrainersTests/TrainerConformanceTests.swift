import Errors
import Foundation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Testing
import Trainers

/// Tests requirements for every registered trainer, whatever it learns: the answer contains only finite numbers, or is
/// an error that says what is wrong and why.
@Suite struct TrainerConformanceTests {
  /// Ratings that are difficult in one way.
  enum Awkward: String, CaseIterable {
    case oneRating, oneUser, oneItem, constant, zeros, negative, repeated, large, small, mixed
    case ordinary, sparse

    func problem() -> RatingProblem {
      var problem = RatingProblem()
      switch self {
      case .oneRating: problem.add(7, 9, 4)
      case .oneUser: for item in 0..<20 { problem.add(1, Int64(item), Float(item % 5)) }
      case .oneItem: for user in 0..<20 { problem.add(Int64(user), 1, Float(user % 5)) }
      case .constant, .zeros, .negative:
        let value: Float = self == .constant ? 1 : self == .zeros ? 0 : -2
        for user in 0..<12 {
          for item in 0..<9 where (user + item) % 3 > 0 {
            problem.add(Int64(user), Int64(item), value)
          }
        }
      case .repeated:
        for round in 0..<4 {
          for user in 0..<5 { problem.add(Int64(user), Int64(user % 3), Float(round)) }
        }
      case .large, .small, .mixed:
        problem = .planted(users: 15, items: 12, chance: 0.6, seed: 5)
        let scales: [Float] =
          self == .large ? [1e30] : self == .small ? [1e-30] : [1e-20, 1, 1e15]
        problem.values = problem.values.enumerated().map { $1 * scales[$0 % scales.count] }
      case .ordinary: problem = .planted(users: 40, items: 90, chance: 0.5, seed: 6)
      case .sparse: problem = .planted(users: 60, items: 200, chance: 0.02, seed: 8)
      }
      return problem
    }
  }

  /// Returns the trainer with default options, and with more factors than there are items, set features if available,
  /// and other parts.
  private static func variants(_ kind: any Trainer.Type) throws -> [any Trainer] {
    let others = [
      "factors": "150", "features": "sets", "parts": "bayes:factors=3,als,implicit-als:factors=150",
    ].filter { name, _ in
      kind.optionDescriptions.contains { $0.name == name }
    }
    return try [kind.init(reading: [:])] + (others.isEmpty ? [] : [kind.init(reading: others)])
  }

  /// Returns the model file, or nil if the trainer refuses these ratings.
  private func file(
    _ trainer: any Trainer, _ ratings: SplitRatings, threads: Int
  ) throws -> [UInt8]? {
    let context = TrainingContext(
      seed: 3, compute: ComputeContext(threadCount: threads, memoryLimit: .max))
    let fitted: FittedModel
    do throws(TrainingError) {
      fitted = try trainer.fit(
        TrainingData(training: ratings.training, heldOut: ratings.heldOut), in: context)
    } catch {
      #expect([.badData, .badOption, .diverged].contains(error.code), "\(error)")
      #expect(!error.problem.isEmpty && !error.remedy.isEmpty)
      return nil
    }
    #expect(fitted.learned.ranking.predictsRatings == type(of: trainer).predictsRatings)
    return try fitted.learned.contents(
      kind: type(of: trainer).name,
      catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
  }

  @Test(arguments: TrainerRegistry.all.map { $0.name }, Awkward.allCases)
  func answersOrRefuses(_ name: String, _ awkward: Awkward) throws {
    let kind = try #require(TrainerRegistry.trainer(named: name))
    let table = try awkward.problem().table()
    let parts =
      table.count < 10
      ? try table.split(by: .none) : try table.split(by: .random(share: 0.2, seed: 1))
    for trainer in try Self.variants(kind) {
      let bytes = try file(trainer, parts, threads: 1)
      #expect(try file(trainer, parts, threads: 3) == bytes, "threads decide")
      guard let bytes else {
        #expect(![.ordinary, .sparse, .constant, .repeated].contains(awkward), "refused")
        continue
      }
      let model = try RecommenderForm.open(
        SafetensorsFile(MappedFile(copying: bytes, named: "model")))
      try model.verifyContents()
      let recommender = Recommender(model: model)
      for row in [nil, 0, model.userCount - 1] {
        let user = model.user(at: row.map { UserIndex($0) })
        #expect(model.score(for: user, item: nil).isFinite)
        let list = recommender.recommend(for: user, count: 5, filter: .unrated(by: user))
        #expect(list.allSatisfy { $0.score.isFinite })
        #expect(list.count == min(5, model.itemCount - user.ratedItems.count))
      }
      #expect(recommender.popular(count: 3).allSatisfy { $0.score.isFinite })
      guard model is FactorModel || model is ItemItemModel else { continue }
      let rated = [ItemRating(item: ItemIndex(0), value: parts.training.values[0])]
      for user in [try model.user(of: rated), try model.user(of: [])] {
        let list = recommender.recommend(for: user, count: 5, filter: .unrated(by: user))
        #expect(list.allSatisfy { $0.score.isFinite })
      }
    }
  }

  @Test(arguments: TrainerRegistry.all.map { $0.name })
  func noRatingsAreRefusedOrLearnedAsNothing(_ name: String) throws {
    let kind = try #require(TrainerRegistry.trainer(named: name))
    let ratings = try RatingProblem().table()
    do throws(TrainingError) {
      let fitted = try kind.init(reading: [:]).fit(TrainingData(training: ratings), in: .init())
      #expect(fitted.learned.userCount == 0 && fitted.learned.itemCount == 0)
    } catch { #expect(error.code == .badData) }
  }
}
