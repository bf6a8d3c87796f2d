import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TensorCore

/// A synthetic factor model. The users' factors have a standard deviation of 0.3; the items' are 0.3 times a log-normal
/// spread of lengths, as in real catalogues and in the peers' script.
struct SyntheticModel {
  let userCount: Int
  let itemCount: Int
  let factorCount: Int
  /// The number of items that each user has rated.
  var ratedPerUser = 0
  /// The seed of the model's numbers; different seeds give different numbers.
  var seed: UInt64 = 0
  /// How it folds in users from ratings made later; nil derives it from the tables.
  var foldIn: FoldIn?

  /// Returns the model's contents; users and items are numbered from 0.
  func contents() -> FactorModelContents {
    var userFactors = normalNumbers(userCount * factorCount, seed: seed, stream: 1)
    for position in userFactors.indices { userFactors[position] *= 0.3 }
    let spreads = normalNumbers(itemCount, seed: seed, stream: 2)
    var itemFactors = normalNumbers(itemCount * factorCount, seed: seed, stream: 3)
    for item in 0..<itemCount {
      let spread = exp(spreads[item] * 0.5) * 0.3
      for factor in 0..<factorCount { itemFactors[item * factorCount + factor] *= spread }
    }
    var tables = FactorTables(
      factorCount: factorCount, userFactors: userFactors, itemFactors: itemFactors,
      userBiases: [Float](repeating: 0, count: userCount),
      itemBiases: [Float](repeating: 0, count: itemCount), globalMean: 0)
    tables.foldIn = foldIn
    return FactorModelContents(
      kind: "dot-bias", users: .integers(Array(0..<Int64(userCount))),
      items: .integers(Array(0..<Int64(itemCount))), tables: tables,
      itemRatingCounts: [UInt32](repeating: 1, count: itemCount),
      ratedOffsets: (0...userCount).map { UInt64($0 * ratedPerUser) }, ratedItems: ratedItems(),
      titles: (0..<itemCount).map { "Film \($0)" })
  }

  /// The same model, folding in users as `implicit-als` does.
  var foldingIn: SyntheticModel {
    var model = self
    model.foldIn = .implicit(alpha: 20, regularization: 0.01, confidence: .equal)
    return model
  }

  /// Returns for each user evenly spaced items from a random first one, ascending.
  private func ratedItems() -> [UInt32] {
    precondition(ratedPerUser <= itemCount)
    guard ratedPerUser > 0 else { return [] }
    var random = RandomStream(seed: seed, stream: 4)
    let step = UInt32(itemCount / ratedPerUser)
    var items: [UInt32] = []
    items.reserveCapacity(userCount * ratedPerUser)
    for _ in 0..<userCount {
      let first = random.next(below: step)
      for number in 0..<UInt32(ratedPerUser) { items.append(first + number * step) }
    }
    return items
  }

  /// Publishes the model, or the given `contents` of it, in the registry at `folder` and puts it in service as a
  /// training does. Returns the path of its file. Calls `announce` with the version number before the version goes into
  /// service.
  func publish(
    _ contents: FactorModelContents? = nil, in folder: String, announce: (Int) -> Void = { _ in }
  ) throws -> String {
    let publisher = try Publisher(
      of: try ModelName("recommender"), in: ModelRegistry(folder, forms: .recommenders),
      command: "latent-bench")
    let manifest = try publisher.stage(contents ?? self.contents()).commit(
      TrainingRun(
        modelName: "recommender", kind: "dot-bias", outcome: .written,
        startedAt: Timestamp.now.description, threadCount: 1, latentVersion: "bench"))
    announce(manifest.version)
    try publisher.promote(manifest.version)
    return publisher.versions.modelPath(of: manifest.version)
  }
}
