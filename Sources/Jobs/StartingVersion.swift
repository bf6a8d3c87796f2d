import Errors
import Evaluation
import Interactions
import ModelRegistry
import Recommenders
import Trainers

/// A version that training starts from (`latent train --from`).
struct StartingVersion {
  private let number: Int
  private let versions: ModelVersions
  private let manifest: Manifest

  /// Throws ``ModelFileError`` if the version does not exist or is damaged.
  init(_ number: Int, of versions: ModelVersions) throws {
    self.number = number
    self.versions = versions
    try versions.verify(number)
    manifest = try versions.manifest(of: number)
  }

  /// Returns the model from which to train a part's model in `role`. For one that is to be judged, this is
  /// the one that has not seen the held-out ratings.
  ///
  /// Throws ``JobError`` `badStart` if the trainer does not support warm starts, or the version has no model
  /// of its kind. Also throws it if the version holds out other ratings than `request` holds out of
  /// `ratings`, because the new model would then be judged on ratings it has seen.
  func model(
    for part: VersionPart, _ role: ModelRole, _ request: TrainingRequest,
    judgedOn ratings: SplitRatings?
  ) throws -> any ScoredModel {
    let place = "version \(number)"
    guard type(of: part.trainer).capabilities.contains(.warmStarts) else {
      throw JobError(
        .badStart, "can't start a model of kind \(part.kind), which does not support a warm start",
        place: place,
        remedy: isOfKind(withCapability: .warmStarts)
          ? "Train a model of its own kind, \(manifest.run.kind)."
          : "These kinds do: \(TrainerRegistry.names(with: .warmStarts)).")
    }
    let recorded = request.splitRecord.keys.reduce(into: [:]) {
      $0[$1] = manifest.run.parameters[$1]
    }
    guard request.split == "none" || recorded == request.splitRecord else {
      throw JobError(
        .badStart, "holds out other ratings than this training", place: place,
        remedy:
          "Hold out the same ones (\(Self.words(for: recorded))), or train without a warm start.")
    }
    let isRefitted = manifest.digest(of: part.role.judged) != nil
    let model = try versions.openModel(number, isRefitted ? role : part.role)
    guard model.kind == part.kind else {
      throw JobError(
        .badStart, "is of kind \(model.kind), not \(part.kind)", place: place,
        remedy: "Name a version of that kind, or train without a warm start.")
    }
    if let ratings { try requireUnseen(heldOutOf: ratings, by: model) }
    return model
  }

  /// Returns a description of a split as requested, such as "split random:0.1, split-seed 0".
  private static func words(for split: [String: String]) -> String {
    split.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// Returns whether the version's kind of model has `capability`.
  private func isOfKind(withCapability capability: TrainerCapabilities) -> Bool {
    TrainerRegistry.trainer(named: manifest.run.kind)?.capabilities.contains(capability) ?? false
  }

  /// Throws ``JobError`` `badStart` if `model`, of this version, was trained on any of the held-out part of
  /// `ratings`. A split by time or user holds out other ratings as new ones arrive, so the new model would be
  /// judged on ratings it has seen. Takes O(ratings) time.
  private func requireUnseen(
    heldOutOf ratings: SplitRatings, by model: any ScoredModel
  ) throws(JobError) {
    guard let split = manifest.split, !split.goesByTheRatingAlone else { return }
    let seen = ratings.unseen(by: model, trainedWith: split).count { !$0 }
    guard seen > 0 else { return }
    throw JobError(
      .badStart,
      "has learned from \(seen) of the \(ratings.heldOut.count) ratings that are held out now",
      place: "version \(number)",
      remedy:
        "Train without a warm start, or start from a version that was trained with a random split.")
  }
}
