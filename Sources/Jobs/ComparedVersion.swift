import Evaluation
import Interactions
import ModelRegistry
import Ratings
import Recommenders

/// A published version to compare a new model with. It contains the models that were judged when it was
/// published: the served ones have seen all ratings, including held-out ones.
struct ComparedVersion {
  let manifest: Manifest
  let model: any ScoredModel
  /// The model that predicts ratings, beside one that ranks; nil if there is none.
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

  /// Returns the model judged by `metric`: the predictor if that is a prediction error.
  func model(for metric: Metric) -> any ScoredModel {
    metric.isOfPredictions ? predictor ?? model : model
  }

  /// Whether one of the models predicts ratings.
  var predictsRatings: Bool { (predictor ?? model).predictsRatings }

  /// Returns whether the version knows none of the users, or none of the items, of `table`, like that of
  /// another store. Takes O(users + items) time.
  func knowsNobody(of table: InteractionTable) -> Bool {
    let knowsUser = (0..<table.userCount).contains {
      model.users.index(of: table.identifier(of: UserIndex($0))) != nil
    }
    let knowsItem = (0..<table.itemCount).contains {
      model.items.index(of: table.identifier(of: ItemIndex($0))) != nil
    }
    return !(knowsUser && knowsItem)
  }

  /// Returns for each of the held-out `ratings` whether the models were not trained on it; `split` is how
  /// they were held out.
  func unseen(of ratings: SplitRatings, split: [String: String]) -> [Bool] {
    guard let own = manifest.split else {
      return [Bool](repeating: false, count: ratings.heldOut.count)
    }
    if own.goesByTheRatingAlone, manifest.splitParameters == split {
      return [Bool](repeating: true, count: ratings.heldOut.count)
    }
    return ratings.unseen(by: model, trainedWith: own)
  }

  /// Describes the ratings held out by `split` that the version, called `name`, was trained on; `unseen`
  /// marks those that it was not trained on.
  func seen(of unseen: [Bool], as name: String, split: [String: String]) -> SeenRatings {
    SeenRatings(
      name: name, count: unseen.count { !$0 }, all: unseen.count,
      split: manifest.splitParameters, isSameSplit: manifest.splitParameters == split)
  }
}

extension Manifest {
  /// The split of the run that created the version, as requested.
  var splitParameters: [String: String] {
    run.parameters.filter { ["split", "split-seed"].contains($0.key) }
  }

  /// Returns the split in the record, `none` if it is missing. Throws ``InteractionError`` if it is invalid.
  func recordedSplit() throws(InteractionError) -> Split {
    try Split(
      run.parameters["split"] ?? "none",
      seed: run.parameters["split-seed"].flatMap { UInt64($0) } ?? 0)
  }

  /// The same; nil if it is invalid.
  var split: Split? { try? recordedSplit() }

  /// The transform of the values that the version was trained on and predicts.
  var transform: ValueTransform {
    run.parameters["transform"].flatMap(ValueTransform.init) ?? .none
  }
}
