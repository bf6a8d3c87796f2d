import Ratings
package import Trainers

/// Models trained elsewhere, in blocks, which replace the training in a job.
package struct Assembly: Sendable {
  /// The engine that trained the models, and its resources.
  package struct Engine: Sendable, Equatable {
    /// Its name and version, for display.
    package var name: String
    /// The number of executors, and of partitions of each side; nil if unknown.
    package var executorCount: Int?
    package var partitionCount: Int?
    /// The number of bytes shuffled between executors.
    package var shuffleByteCount: Int?
    /// The numbers of ratings, users and items read; nil if the served model was trained on all of them.
    package var ratingCount: Int?
    package var userCount: Int?
    package var itemCount: Int?
    /// Wall-clock seconds of training, and of refitting to all ratings.
    package var trainingSeconds: Double
    package var refittingSeconds: Double

    package init(
      name: String, executorCount: Int? = nil, partitionCount: Int? = nil,
      shuffleByteCount: Int? = nil, ratingCount: Int? = nil, userCount: Int? = nil,
      itemCount: Int? = nil, trainingSeconds: Double = 0, refittingSeconds: Double = 0
    ) {
      self.name = name
      self.executorCount = executorCount
      self.partitionCount = partitionCount
      self.shuffleByteCount = shuffleByteCount
      self.ratingCount = ratingCount
      self.userCount = userCount
      self.itemCount = itemCount
      self.trainingSeconds = trainingSeconds
      self.refittingSeconds = refittingSeconds
    }
  }

  /// The model to be judged, which was trained without the held-out ratings.
  let judged: AssembledModel
  /// The model to be served, if it is another: it was trained on all ratings.
  let served: AssembledModel?
  let engine: Engine

  /// Creates an assembly of a model to be judged and, unless that is also to be served, one to be served.
  package init(judged: AssembledModel, served: AssembledModel? = nil, by engine: Engine) {
    self.judged = judged
    self.served = served
    self.engine = engine
  }

  private var last: AssembledModel { served ?? judged }

  /// The digest of the model learned: see ``AssembledModel/fingerprint``.
  var fingerprint: String { last.fingerprint }

  /// The counts of the ratings read, named as in a training.
  var counts: [String: Int] {
    [
      "ratings_read": engine.ratingCount ?? last.ratingCount,
      "users_read": engine.userCount ?? last.userCount,
      "items_read": engine.itemCount ?? last.itemCount,
      "shuffle_bytes": engine.shuffleByteCount,
    ].compactMapValues(\.self)
  }

  /// The parameters recorded in addition to the trainer's options.
  var parameters: [String: String] {
    [
      "engine": engine.name, "executors": engine.executorCount.map(String.init),
      "partitions": engine.partitionCount.map(String.init),
    ].compactMapValues(\.self)
  }

  /// Returns the judged model, with the metadata of items.
  func judgedCandidate(kind: String, describing items: [ItemID: Item]) -> Candidate {
    Candidate(
      kind: kind, fitted: FittedModel(judged.describing(items)), fitSeconds: engine.trainingSeconds)
  }

  /// Returns the served model; nil if it is the judged one.
  func servedCandidate(kind: String, describing items: [ItemID: Item]) -> Candidate? {
    served.map {
      Candidate(
        kind: kind, fitted: FittedModel($0.describing(items)),
        fitSeconds: engine.refittingSeconds)
    }
  }
}
