import ArgumentParser
import Jobs

/// What learned a model elsewhere: all of it is recorded, nothing is gone by.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What learned the model, with its version, such as \"spark 4.1.1\".", valueName: "name"))
  var engine: String

  @Option(help: ArgumentHelp("How many of its processes worked.", valueName: "count"))
  var executors: Int?

  @Option(help: ArgumentHelp("Into how many parts each side was divided.", valueName: "count"))
  var partitions: Int?

  @Option(help: ArgumentHelp("What it moved between its processes.", valueName: "bytes"))
  var shuffleBytes: Int?

  @Option(
    help: ArgumentHelp(
      "How many ratings it read, where the served model has not learned from all.",
      valueName: "count"))
  var ratingsRead: Int?

  @Option(help: ArgumentHelp("How many users these were of.", valueName: "count"))
  var usersRead: Int?

  @Option(help: ArgumentHelp("How many items these were of.", valueName: "count"))
  var itemsRead: Int?

  @Option(help: ArgumentHelp("How long it learned the judged model.", valueName: "seconds"))
  var trainingSeconds = 0.0

  @Option(help: ArgumentHelp("How long it learned from all ratings then.", valueName: "seconds"))
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

  /// What was said.
  var record: Assembly.Engine {
    Assembly.Engine(
      name: engine, executorCount: executors, partitionCount: partitions,
      shuffleByteCount: shuffleBytes, ratingCount: ratingsRead, userCount: usersRead,
      itemCount: itemsRead, trainingSeconds: trainingSeconds, refittingSeconds: refittingSeconds)
  }
}
