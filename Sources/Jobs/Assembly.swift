import Ratings
package import Trainers

/// Models that were learned elsewhere, in blocks: what takes the place of a training in a job.
package struct Assembly: Sendable {
  /// What learned them, and with what.
  package struct Engine: Sendable, Equatable {
    /// Its name and version, as people know it.
    package var name: String
    /// How many of its processes worked, on how many parts of each side; nil where that is not known.
    package var executorCount: Int?
    package var partitionCount: Int?
    /// What it moved between its processes.
    package var shuffleByteCount: Int?
    /// How many ratings it read, of how many users and items; nil where the served model has learned from all of them.
    package var ratingCount: Int?
    package var userCount: Int?
    package var itemCount: Int?
    /// Wall-clock seconds of learning, and of learning once more from all ratings.
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

  /// The model that is judged: it has not learned from held-out ratings.
  let judged: AssembledModel
  /// The one that is served, where it is another: it has learned from all.
  let served: AssembledModel?
  let engine: Engine

  /// A model that is judged and, unless that is `served` itself, one that is served in its place.
  package init(judged: AssembledModel, served: AssembledModel? = nil, by engine: Engine) {
    self.judged = judged
    self.served = served
    self.engine = engine
  }

  private var last: AssembledModel { served ?? judged }

  /// What was learned: see ``AssembledModel/fingerprint``.
  var fingerprint: String { last.fingerprint }

  /// What is counted of the ratings that were read, as a training counts them.
  var counts: [String: Int] {
    [
      "ratings_read": engine.ratingCount ?? last.ratingCount,
      "users_read": engine.userCount ?? last.userCount,
      "items_read": engine.itemCount ?? last.itemCount,
      "shuffle_bytes": engine.shuffleByteCount,
    ].compactMapValues(\.self)
  }

  /// What is recorded beside the trainer's options.
  var parameters: [String: String] {
    [
      "engine": engine.name, "executors": engine.executorCount.map(String.init),
      "partitions": engine.partitionCount.map(String.init),
    ].compactMapValues(\.self)
  }

  /// The judged model, with what is known of items.
  func judgedCandidate(kind: String, describing items: [ItemID: Item]) -> Candidate {
    Candidate(
      kind: kind, fitted: FittedModel(judged.describing(items)), fitSeconds: engine.trainingSeconds)
  }

  /// The one that is served in its place; nil where that is the judged one.
  func servedCandidate(kind: String, describing items: [ItemID: Item]) -> Candidate? {
    served.map {
      Candidate(
        kind: kind, fitted: FittedModel($0.describing(items)),
        fitSeconds: engine.refittingSeconds)
    }
  }
}
