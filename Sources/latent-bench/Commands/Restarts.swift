import ArgumentParser
import Foundation
import Synchronization

/// `latent-bench restarts`: what clients observe while daemons replace each other and models are swapped.
struct Restarts: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "restarts",
    abstract: "Daemon restarts and model swaps under load: clients must not notice.",
    discussion: """
      Clients send requests as fast as they are answered, half of them one at a time and half \
      --depth at a time, and check each answer against what the version that it names must answer. \
      Meanwhile each new daemon takes over from the one before (--handover), and new versions are \
      put in service. If a connection ends before a byte of an answer has arrived, the client \
      retries once on a new connection. In the end the newest version is rolled back and promoted \
      repeatedly, and the time until a rollback is visible is measured.

      Exits with 1 and the reason if an answer is wrong, truncated or missing despite the retry, \
      if a connection is refused, if a version is not visible within 10 s, or if a daemon does not \
      exit cleanly within 30 s.
      """)

  static let usualSize = (users: 1_000, items: 2_000, factors: 16)
  static let leastSize = (users: 50, items: 1_000, factors: 1)

  @OptionGroup var size: ModelSizeOptions<Restarts>

  @Option(help: "The minimum total number of requests.")
  var requests = 10_000_000

  @Option(help: "The number of restarts of the daemon.")
  var restarts = 20

  @Option(help: "The number of new versions put in service meanwhile.")
  var swaps = 200

  @Option(help: "Clients.")
  var clients = 8

  @Option(help: "The number of requests that every other client pipelines.")
  var depth = 16

  @Option(help: "The number of rollbacks at the end.")
  var rollbacks = 10

  @Option(help: "Threads of the daemon (default: one per processor).")
  var threads: Int?

  func validate() throws {
    guard requests >= 1, restarts >= 0, swaps >= 0, rollbacks >= 0 else {
      throw ValidationError(
        "--requests must be at least 1, --restarts, --swaps and --rollbacks at least 0.")
    }
    guard (1...1000).contains(clients), (1...1000).contains(depth), threads ?? 1 >= 1 else {
      throw ValidationError("--clients and --depth must be from 1 to 1000, --threads at least 1.")
    }
  }

  /// The timeouts for a daemon to end, and for a version to be served.
  private static let endLimit = Duration.seconds(30)
  private static let swapLimit = Duration.seconds(10)

  func run() throws {
    let folder = try ScratchFolder()
    let versions = KnownVersions(of: size.model, in: folder.path)
    try versions.publish()
    let daemon = try start(folder)
    let seen = Seen()
    let work = (0..<clients).map { number in
      BackgroundWork { [self, port = daemon.port] isOver in
        var client = RetryingClient(
          number: number, depth: number.isMultiple(of: 2) ? depth : 1, port: port,
          users: size.users, items: size.items, versions: versions)
        client.run(adding: seen.figures, until: isOver)
      }
    }
    let clock = ContinuousClock()
    let begin = clock.now
    let swapping = BackgroundWork { [self] isOver in
      for number in 0..<swaps {
        seen.waitForAnswers(requests / (swaps + 1) * (number + 1), until: isOver)
        guard !isOver() else { return }
        try versions.publish()
        try seen.wait(for: versions.latest ?? 0, within: Self.swapLimit)
      }
    }
    var (times, last): ([Handover], LatentDaemon) = ([], daemon)
    var failure: (any Error)?
    do {
      for number in 0..<restarts {
        seen.waitForAnswers(requests / (restarts + 1) * (number + 1)) { last.ending != nil }
        Progress.say("restart \(number + 1) of \(restarts)")
        let (next, time) = try restart(last, folder)
        (last, times) = (next, times + [time])
      }
      try swapping.finish(isCutShort: false)
      seen.waitForAnswers(requests) { last.ending != nil }
    } catch { failure = error }
    let seconds = (clock.now - begin) / .seconds(1)
    for client in work { try client.finish(isCutShort: true) }
    var findings = try report(seen.all, seconds: seconds, times)
    if let failure { throw failure }
    if rollbacks > 0, swaps > 0 {
      try findings.write("restarts.rollback", Samples(try rollBack(last, folder)), unit: "ms")
    }
    if let failure = findings.failure { throw failure }
  }

  private func start(_ folder: ScratchFolder) throws -> LatentDaemon {
    // A relative path, because a socket's path must be short.
    try LatentDaemon(folder: folder, threads: threads, ["--handover", "handover.sock"])
  }

  /// The durations of one restart, in milliseconds: until the new daemon served, and from then until the old one had
  /// ended.
  private struct Handover {
    let serving: Double
    let draining: Double
  }

  private func restart(
    _ old: LatentDaemon, _ folder: ScratchFolder
  ) throws -> (LatentDaemon, Handover) {
    let (new, serving) = try timed { try start(folder) }
    guard new.port == old.port else {
      throw ChildFailure(description: "the new daemon listens on another port")
    }
    let (hasEnded, draining) = timed { old.program.waitForEnd(within: Self.endLimit) }
    guard hasEnded, old.ending == .exit(0) else { throw old.ended }
    return (new, Handover(serving: serving * 1e3, draining: draining * 1e3))
  }

  private func report(
    _ figures: RetryingClient.Figures, seconds: Double, _ times: [Handover]
  ) throws -> Findings {
    var findings = Findings(
      conditions: size.conditions([
        "requests": String(requests), "restarts": String(restarts), "swaps": String(swaps),
        "clients": String(clients), "depth": String(depth),
        "threads": threads.map { String($0) } ?? "default",
      ]), ignoringTimes: false)
    for problem in figures.problems { Progress.say(problem) }
    func write(_ figure: String, _ count: Int, _ bar: Report.Bar? = nil) throws {
      try findings.write("restarts." + figure, Double(count), unit: "", bar: bar)
    }
    try write("answers", figures.answerCount, .atLeast(Double(requests)))
    try write("wrong", figures.wrongCount, .atMost(0))
    try write("cut", figures.cutCount, .atMost(0))
    try write("unanswered", figures.errorCount, .atMost(0))
    try write("refused", figures.refusedCount, .atMost(0))
    try write("retried", figures.retryCount)
    try write("connections", figures.connectionCount)
    try write("done", times.count, .atLeast(Double(restarts)))
    try write("versions", figures.newestVersion, .atLeast(Double(swaps + 1)))
    try findings.write(
      "restarts.rate", Double(figures.answerCount) / seconds, unit: "requests/s")
    if figures.longestWait > 0 {
      try findings.write("restarts.longest", figures.longestWait, unit: "ms")
    }
    if !times.isEmpty {
      try findings.write("restarts.start", Samples(times.map(\.serving)), unit: "ms")
      try findings.write("restarts.drain", Samples(times.map(\.draining)), unit: "ms")
    }
    return findings
  }

  /// Alternately rolls back and promotes the newest version again. Returns the milliseconds from the end of each
  /// rollback until the earlier version answered.
  private func rollBack(_ daemon: LatentDaemon, _ folder: ScratchFolder) throws -> [Double] {
    let connection = try ClientSocket(port: daemon.port)
    func version() throws -> Int? {
      try connection.send(Question.predict(user: 0, item: 0).line)
      return Answer(line: try connection.receiveLine()).version
    }
    func change(_ words: [String]) throws -> Double {
      let before = try version()
      _ = try ChildProgram(
        ChildProgram.sibling("latent"), ["models"] + words + ["--models", folder.path]
      ).finish()
      let clock = ContinuousClock()
      let start = clock.now
      while try version() == before {
        guard clock.now - start < Self.swapLimit else {
          throw ChildFailure(
            description: "models \(words[0]) had no effect within \(Self.swapLimit)")
        }
        usleep(200)
      }
      return (clock.now - start) / .milliseconds(1)
    }
    return try (0..<rollbacks).map { _ in
      guard let newest = try version() else {
        throw ChildFailure(description: "the daemon's answer names no version")
      }
      let milliseconds = try change(["rollback"])
      _ = try change(["promote", String(newest)])
      return milliseconds
    }
  }
}

/// The clients' observations so far.
private final class Seen: Sendable {
  let figures = Mutex(RetryingClient.Figures())

  var all: RetryingClient.Figures { figures.withLock { $0 } }

  /// Waits until there are `count` answers, or `isOver`.
  func waitForAnswers(_ count: Int, until isOver: () -> Bool) {
    while figures.withLock({ $0.answerCount }) < count, !isOver() { usleep(1_000) }
  }

  /// Waits until `version` has answered; throws after `limit`.
  func wait(for version: Int, within limit: Duration) throws {
    let deadline = ContinuousClock.now + limit
    while figures.withLock({ $0.newestVersion }) < version {
      guard ContinuousClock.now < deadline else {
        throw ChildFailure(description: "version \(version) did not answer within \(limit)")
      }
      usleep(1_000)
    }
  }
}
