import ArgumentParser
import Foundation

/// `latent-bench fairness`: how much a flood from one or several clients delays another client.
struct Fairness: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "fairness",
    abstract: "The latency of an ordinary client while others flood the daemon.",
    discussion: """
      An ordinary client sends a PREDICT for a random user and item every millisecond, one at a \
      time, alternately without and with a flood. Latencies also count for the requests that they \
      delayed. The bar for the 99th percentile is 5 ms or three times its value without a flood, \
      whichever is higher, and four times that with several flooding clients. All flooding clients \
      run on one thread of low priority (nice 10). The floor is the latency of PINGs to an idle \
      second daemon, one every 2 ms: while its 99th percentile is at most 2.5 ms, higher latencies \
      are due to the daemon. The daemon has a store of ratings, which floods of RATE write to. \
      Exits with 1 if the daemon dies.
      """)

  static let usualSize = (users: 20_000, items: 100_000, factors: 64)
  static let leastSize = (users: 2, items: 1_000, factors: 1)

  @Option(
    help: ArgumentHelp(
      "The flood; may be repeated (default: all): "
        + "\(Flood.all.map(\.name).joined(separator: ", ")).",
      valueName: "name"),
    transform: { try choice($0, among: Flood.all) { $0.name } })
  var flood: [Flood] = []

  @Option(
    help: ArgumentHelp(
      "The number of flooding clients; may be repeated (default: 1 and 20).", valueName: "count"))
  var clients: [Int] = []

  @Option(help: "Whether flooding clients read the answers: yes, no or both.")
  var reading = Reading.both

  @OptionGroup var size: ModelSizeOptions<Fairness>

  @Option(help: "Threads of the daemon (default: one per processor).")
  var threads: Int?

  @Option(help: "Seconds of each turn.")
  var seconds = 2.0

  @Option(help: "Turns of each, with and without a flood.")
  var rounds = 3

  enum Reading: String, ExpressibleByArgument, CaseIterable {
    case yes, no, both
  }

  /// The maximum number of flooding clients, for which the bar holds.
  private static let clientLimit = 20

  func validate() throws {
    guard threads ?? 1 >= 1, rounds >= 1 else {
      throw ValidationError("--threads and --rounds must be at least 1.")
    }
    guard seconds > 0, seconds <= 60 else {
      throw ValidationError("--seconds must be above 0 and at most 60.")
    }
    guard clients.allSatisfy({ (1...Self.clientLimit).contains($0) }) else {
      throw ValidationError("--clients must be from 1 to \(Self.clientLimit).")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    Progress.say("writing a model of \(size.users) users and \(size.items) items")
    _ = try size.model.foldingIn.publish(in: folder.path)
    try SyntheticImageModel.publish(in: folder.path)
    let store = "sqlite:" + folder.path("ratings.sqlite")
    try LiveStore.makeNearlyEmpty(at: store)
    let idle = try LatentDaemon(folder: try ScratchFolder(), threads: 1, ["--wait"])
    var failures: [String] = []
    for flood in flood.isEmpty ? Flood.all : flood {
      for isReading in [true, false] where reading != (isReading ? .no : .yes) {
        for count in clients.isEmpty ? [1, Self.clientLimit] : clients {
          let attack = FloodAttack(flood: flood, clientCount: count, isReading: isReading)
          Progress.say("\(attack.name), clients: \(count)")
          let daemon = try LatentDaemon(
            folder: folder, threads: threads, ["--store", store] + SyntheticImageModel.arguments)
          do { try measure(attack, on: daemon, idle: idle) } catch {
            let failure = daemon.ending == nil ? "\(error)" : "\(daemon.ended)"
            failures.append("\(attack.name), clients: \(count): \(failure)")
            Progress.say(failures[failures.count - 1])
          }
        }
      }
    }
    guard failures.isEmpty else {
      throw ChildFailure(description: failures.joined(separator: "; "))
    }
  }

  private func measure(_ attack: FloodAttack, on daemon: LatentDaemon, idle: LatentDaemon) throws {
    var client = try PredictingClient(port: daemon.port, users: size.users, items: size.items)
    var (quiet, flooded, floor, memory): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for _ in 0..<rounds {
      try client.waitForQuiet()
      var probe = FloorProbe(port: idle.port)
      quiet += try client.ask(for: seconds)
      _ = try probe.finish()
      let underWay = AttackUnderWay(
        attack, against: Target(daemon, users: size.users, items: size.items))
      probe = FloorProbe(port: idle.port)
      flooded += try client.ask(for: seconds)
      floor += try probe.finish()
      memory.append(try daemon.memory())
      underWay.stop()
    }
    let report = Report(
      conditions: size.conditions([
        "flood": attack.flood.name, "floodingClients": String(attack.clientCount),
        "reading": attack.isReading ? "yes" : "no",
        "threads": threads.map { String($0) } ?? "default",
      ]))
    let sides = [
      ("quiet", Samples(waits: quiet, pace: PredictingClient.pace)),
      ("flooded", Samples(waits: flooded, pace: PredictingClient.pace)),
      ("floor", Samples(waits: floor, pace: FloorProbe.pace)),
    ]
    for (side, samples) in sides {
      try report.write("fairness.median", side: side, samples, unit: "ms")
    }
    let usual = sides[0].1.percentile99
    let bars: [Report.Bar?] = [
      nil, .atMost(max(5, 3 * usual) * (attack.clientCount == 1 ? 1 : 4)), .atMost(FloorProbe.bar),
    ]
    for ((side, samples), bar) in zip(sides, bars) {
      try report.write(
        "fairness.p99", side: side, samples, unit: "ms", as: \.percentile99, bar: bar)
    }
    try report.write("fairness.memory", side: "flooded", Samples(memory), unit: "MiB")
  }
}
