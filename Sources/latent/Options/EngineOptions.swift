import ArgumentParser
import Jobs

/// Facts about the engine that trained a model elsewhere. They are recorded and have no other effect.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The engine that trained the model, with its version, such as \"spark 4.1.1\".",
      valueName: "name"))
  var engine: String

  @Option(help: ArgumentHelp("The number of its worker processes.", valueName: "count"))
  var executors: Int?

  @Option(help: ArgumentHelp("The number of partitions of each side.", valueName: "count"))
  var partitions: Int?

  @Option(help: ArgumentHelp("The bytes that it moved between its processes.", valueName: "bytes"))
  var shuffleBytes: Int?

  @Option(
    help: ArgumentHelp(
      "The number of ratings that it read, if the served model has not learned from all.",
      valueName: "count"))
  var ratingsRead: Int?

  @Option(help: ArgumentHelp("The number of users with these ratings.", valueName: "count"))
  var usersRead: Int?

  @Option(help: ArgumentHelp("The number of items with these ratings.", valueName: "count"))
  var itemsRead: Int?

  @Option(help: ArgumentHelp("The time to train the evaluated model.", valueName: "seconds"))
  var trainingSeconds = 0.0

  @Option(help: ArgumentHelp("The time to refit it to all ratings.", valueName: "seconds"))
  var refittingSeconds = 0.0

  func validate() throws {
    guard engine.utf8.count <= 200 else {
      throw ValidationError("--engine takes a name of up to 200 bytes.")
    }
    for (name, count, least) in [
      ("executors", executors, 1), ("partitions", partitions, 1),
      ("shuffle-bytes", shuffleBytes, 0), ("ratings-read", ratingsRead, 1),
      ("users-read", usersRead, 1), ("items-read", itemsRead, 1),
    ] {
      if let count, count < least { throw ValidationError("--\(name) must be \(least) or above.") }
    }
    for (name, seconds) in [
      ("training-seconds", trainingSeconds), ("refitting-seconds", refittingSeconds),
    ] where !(seconds >= 0 && seconds.isFinite) {
      throw ValidationError("--\(name) must be 0 or above.")
    }
  }

  /// The facts as the version's record has them.
  var record: Assembly.Engine {
    Assembly.Engine(
      name: engine, executorCount: executors, partitionCount: partitions,
      shuffleByteCount: shuffleBytes, ratingCount: ratingsRead, userCount: usersRead,
      itemCount: itemsRead, trainingSeconds: trainingSeconds, refittingSeconds: refittingSeconds)
  }
}
