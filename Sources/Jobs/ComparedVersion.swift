import Evaluation
import Interactions
import ModelRegistry
import Ratings
import Recommenders

/// A published version that a new model is compared with, and its models that were judged when it was
/// published: those that are served have seen all ratings, those that are held out too.
struct ComparedVersion {
  let manifest: Manifest
  let model: any ScoredModel
  /// The one that predicts, beside one that ranks; nil when there is none.
  let predictor: (any ScoredModel)?

  /// Verifies and opens `version`.
  init(_ version: Int, of versions: ModelVersions) throws(ModelFileError) {
    try versions.verify(version)
    manifest = try versions.manifest(of: version)
    model = try versions.openModel(version, manifest.judgedRole())
    predictor =
      manifest.digest(of: .predictor) == nil
      ? nil : try versions.openModel(version, manifest.judgedRole(of: .predictor))
  }

  /// Its model that is judged by `metric`: the one that predicts, where that is an error.
  func model(for metric: Metric) -> any ScoredModel {
    metric.isOfPredictions ? predictor ?? model : model
  }

  /// Whether one of its models predicts ratings.
  var predictsRatings: Bool { (predictor ?? model).predictsRatings }

  /// Whether it knows none of the users, or none of the items, of `table`, as of another store. O(users + items).
  func knowsNobody(of table: InteractionTable) -> Bool {
    let knowsUser = (0..<table.userCount).contains {
      model.users.index(of: table.identifier(of: UserIndex($0))) != nil
    }
    let knowsItem = (0..<table.itemCount).contains {
      model.items.index(of: table.identifier(of: ItemIndex($0))) != nil
    }
    return !(knowsUser && knowsItem)
  }

  /// Which of the held-out `ratings` its models have not learned from; `split` is how those were held out.
  func unseen(of ratings: SplitRatings, split: [String: String]) -> [Bool] {
    guard let own = manifest.split else {
      return [Bool](repeating: false, count: ratings.heldOut.count)
    }
    if own.goesByTheRatingAlone, manifest.splitParameters == split {
      return [Bool](repeating: true, count: ratings.heldOut.count)
    }
    return ratings.unseen(by: model, trainedWith: own)
  }

  /// What it has learned from of ratings that were held out by `split`, of which it has not seen those that
  /// `unseen` says; `name` is what it is called.
  func seen(of unseen: [Bool], as name: String, split: [String: String]) -> SeenRatings {
    SeenRatings(
      name: name, count: unseen.count { !$0 }, all: unseen.count,
      split: manifest.splitParameters, isSameSplit: manifest.splitParameters == split)
  }
}

extension Manifest {
  /// What was held out by the run that made the version, as it was asked for.
  var splitParameters: [String: String] {
    run.parameters.filter { ["split", "split-seed"].contains($0.key) }
  }

  /// The same. Throws ``InteractionError`` when the record does not say it.
  func recordedSplit() throws(InteractionError) -> Split {
    try Split(
      run.parameters["split"] ?? "none",
      seed: run.parameters["split-seed"].flatMap { UInt64($0) } ?? 0)
  }

  /// The same; nil when the record does not say it.
  var split: Split? { try? recordedSplit() }

  /// What the values were taken to that the version was learned from, and that it predicts.
  var transform: ValueTransform {
    run.parameters["transform"].flatMap(ValueTransform.init) ?? .none
  }
}
