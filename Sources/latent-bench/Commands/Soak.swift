import ArgumentParser
import Foundation

/// `latent-bench soak`: all attacks at once, alongside ordinary clients and model updates.
struct Soak: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "The daemon under attack: ordinary clients must not notice.",
    discussion: """
      Ordinary clients send requests, at first without attacks, then during all attacks while new \
      versions of the model are put in service and old ones removed (latent models prune). Each \
      answer is checked against what the version that it names must answer. Other clients rate \
      items for users of their own and take ratings back; each change must be acknowledged and \
      count in the user's next list. /healthz is requested twice a second. Then the attackers \
      leave, memory and open files must return to their initial levels, and the daemon is stopped \
      with requests in flight.

      Exits with 1 and the reason if an answer is wrong or lost; if the 99th percentile of PREDICT \
      exceeds both 20 ms and twelve times its value without attacks; if memory is more than 50 MiB \
      above its initial level in the end, or 512 MiB at any time, or more files are open than at \
      first; if in an attack of five minutes or more its last tenth takes over 50 MiB more than \
      its second tenth; if a rating is refused (BUSY), /healthz fails three times in a row \
      (timeout: 5 s), or old versions are not removed; if the daemon still counts memory for \
      clients that hold none; if fewer than a quarter of the new versions were seen under attack; \
      or if the daemon dies or does not stop cleanly within 5 s. Each attack runs on one thread of \
      low priority (nice 10). The floor is the latency of a PING to an idle second daemon, as for \
      `fairness`.
      """)

  static let usualSize = (users: 2_000, items: 20_000, factors: 32)
  static let leastSize = (users: 50, items: 1_000, factors: 1)

  @Option(help: "The duration of the attacks; the quiet phase before takes a tenth, 2 to 30 s.")
  var seconds = 600.0

  @Option(
    help: ArgumentHelp(
      "The attack; may be repeated (default: all): "
        + "\(allAttacks.map(\.name).joined(separator: ", ")).",
      valueName: "name"),
    transform: { try choice($0, among: allAttacks) { $0.name } })
  var attack: [any Attack] = []

  @Option(help: "Ordinary clients.")
  var clients = 50

  @Option(help: "Clients that rate.")
  var raters = 4

  @Option(help: "The number of new versions put in service meanwhile.")
  var swaps = 20

  @Option(
    help: "The daemon's limit on open files (default: 1024, which it may raise itself).")
  var descriptors: Int?

  @Flag(
    help: """
      Report latencies, the duration of the stop, refused ratings and failures of /healthz, but do \
      not fail because of them: for a busy machine.
      """)
  var ignoreTimes = false

  @OptionGroup var size: ModelSizeOptions<Soak>

  @Option(help: "Threads of the daemon (default: one per processor).")
  var threads: Int?

  /// The size of the daemon's answer cache in MiB, so that its memory does not depend on what was asked.
  private static let cache = 16
  /// The additional memory that the daemon may have after the attacks, and at most during them, in MiB.
  private static let memoryBar = 50.0
  private static let peakBar = 512.0
  private static let settlingLimit = Duration.seconds(20)
  /// The duration of an attack, in seconds, from which on the growth of memory is judged.
  private static let growthTime = 300.0
  /// The number of versions to keep.
  private static let keptVersions = 3

  func validate() throws {
    guard seconds > 0, seconds <= 86_400 else {
      throw ValidationError("--seconds must be above 0 and at most 86400.")
    }
    guard clients >= 1, raters >= 0, swaps >= 0, threads ?? 1 >= 1, descriptors ?? 192 >= 192 else {
      throw ValidationError(
        "--descriptors must be at least 192, --clients and --threads at least 1, --swaps and "
          + "--raters at least 0.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let versions = KnownVersions(of: size.model.foldingIn, in: folder.path)
    try versions.publish()
    try SyntheticImageModel.publish(in: folder.path)
    let store = folder.path("ratings.sqlite")
    try LiveStore.makeNearlyEmpty(at: "sqlite:" + store)
    let idle = try LatentDaemon(folder: try ScratchFolder(), threads: 1, ["--wait"])
    let daemon = try LatentDaemon(
      folder: folder, threads: threads,
      ["--cache", String(Self.cache), "--store", "sqlite:" + store]
        + SyntheticImageModel.arguments,
      limit: descriptors.map { ["-n", String($0)] } ?? ["-Sn", "1024"])
    try ClientSocket.allowOpenFiles(4_096)
    var findings = Findings(
      conditions: size.conditions([
        "seconds": String(seconds), "clients": String(clients), "swaps": String(swaps),
        "raters": String(raters),
        "attacks": attack.isEmpty ? "all" : attack.map(\.name).joined(separator: " "),
        "threads": threads.map { String($0) } ?? "default",
        "descriptors": descriptors.map { String($0) } ?? "default",
      ]), ignoringTimes: ignoreTimes)
    var failures: [String] = []
    do { try soak(daemon, beside: idle, versions, &findings) } catch { failures = ["\(error)"] }
    if let failure = findings.failure { failures.append(failure.description) }
    guard failures.isEmpty else {
      throw ChildFailure(description: failures.joined(separator: "; "))
    }
  }

  private func soak(
    _ daemon: LatentDaemon, beside idle: LatentDaemon, _ versions: KnownVersions,
    _ findings: inout Findings
  ) throws {
    let (figures, target) = (OrdinaryFigures(), target(daemon))
    let (askingCount, ratingCount) = (clients, raters)
    let clients = ClientThreads(askingCount + ratingCount, until: target) { number in
      if number < askingCount {
        var client = OrdinaryClient(
          number: number, target: target, versions: versions, figures: figures)
        client.run()
      } else {
        var client = RatingClient(
          number: number - askingCount, target: target, versions: versions, figures: figures)
        client.run()
      }
    }
    defer { clients.stop() }
    Progress.say("quiet")
    Thread.sleep(forTimeInterval: min(1, seconds))
    figures.begin(.quiet)
    Thread.sleep(forTimeInterval: min(30, max(min(2, seconds), seconds / 10)))
    // Includes the memory that a network needs to predict at all.
    try SyntheticImageModel.ask(at: daemon.port)
    let start = try Holdings(of: daemon)

    Progress.say("under attack")
    figures.begin(.attacked)
    let attacked = try attack(daemon, beside: idle, versions)
    figures.begin(.after)
    try findings.write("soak.memory", side: "start", start.memory, unit: "MiB")
    try findings.write(
      "soak.memory", side: "peak", attacked.memory.max() ?? 0, unit: "MiB",
      bar: .atMost(start.memory + Self.peakBar))
    try writeGrowth(attacked.memory, &findings)
    try findings.write(
      "soak.health", side: "answered", Double(attacked.health.count), unit: "", bar: .atLeast(1))
    if let problem = attacked.healthProblems.first { Progress.say("/healthz: \(problem)") }
    try findings.write(
      "soak.health", side: "failed", Double(attacked.healthProblems.count), unit: "",
      bar: ignoreTimes ? nil : .atMost(0))
    if daemon.ending == nil {
      Progress.say("settling")
      let (end, seconds) = try start.wait(
        for: daemon, tolerating: Self.memoryBar, within: Self.settlingLimit)
      try findings.write("soak.settling", seconds, unit: "s")
      try findings.write(
        "soak.memory", side: "end", end.memory, unit: "MiB",
        bar: .atMost(start.memory + Self.memoryBar))
      try findings.write("soak.descriptors", side: "start", Double(start.descriptors), unit: "")
      try findings.write(
        "soak.descriptors", side: "end", Double(end.descriptors), unit: "",
        bar: .atMost(Double(start.descriptors)))
      try findings.write(
        "soak.held", try heldForClients(by: daemon), unit: "bytes", bar: .atMost(0))
      try findings.write(
        "soak.stale", try isServing(versions.latest, daemon) ? 0 : 1, unit: "", bar: .atMost(0))
    }
    clients.stop()
    try findings.write(figures, floor: attacked.floor)
    for underWay in attacked.attacks { try findings.write(underWay) }
    try findings.write("soak.versions", side: "published", Double(versions.latest ?? 0), unit: "")
    // Not all are seen: several may be published between two checks by the daemon.
    try findings.write(
      "soak.versions", side: "seen", Double(figures[.attacked].versions.count), unit: "",
      bar: .atLeast(Double(swaps / 4)))
    try findings.write(
      "soak.versions", side: "kept", Double(try versions.storedCount()), unit: "",
      bar: .atMost(Double(Self.keptVersions + 2)))
    try findings.write("soak.deaths", daemon.ending == nil ? 0 : 1, unit: "", bar: .atMost(0))
    guard daemon.ending == nil else {
      Progress.say("\(daemon.ended)")
      return
    }

    Progress.say("stopping with requests in flight")
    let stop = try StopUnderLoad(daemon, target: self.target(daemon), versions: versions)
    if let problem = stop.problem { Progress.say(problem) }
    try findings.write("soak.stop.lost", Double(stop.lostCount), unit: "", bar: .atMost(0))
    try findings.write("soak.stop.wrong", Double(stop.wrongCount), unit: "", bar: .atMost(0))
    try findings.write("soak.stop", stop.seconds, unit: "s", bar: .atMost(5))
    try findings.write(
      "soak.stop.unclean", stop.ending == .exit(0) ? 0 : 1, unit: "", bar: .atMost(0))
  }

  private func target(_ daemon: LatentDaemon) -> Target {
    Target(daemon, users: size.users, items: size.items)
  }

  /// Records the memory in the second and the last tenth of the attack, which must not grow with time.
  private func writeGrowth(_ memory: [Double], _ findings: inout Findings) throws {
    let tenth = memory.count / 10
    guard tenth > 0 else { return }
    let early = Samples(Array(memory[tenth..<2 * tenth]))
    try findings.write("soak.memory", side: "second tenth", early, unit: "MiB")
    try findings.write(
      "soak.memory", side: "last tenth", Samples(memory.suffix(tenth)), unit: "MiB",
      bar: seconds < Self.growthTime ? nil : .atMost(early.median + Self.memoryBar))
  }

  /// The results of the attacks.
  private struct Attacked {
    var attacks: [AttackUnderWay] = []
    var floor: [Double] = []
    /// The memory in MiB, every 50 ms.
    var memory: [Double] = []
    /// The latencies of /healthz, in milliseconds.
    var health: [Double] = []
    var healthProblems: [String] = []
  }

  /// Attacks for the given time, or until the daemon has died.
  private func attack(
    _ daemon: LatentDaemon, beside idle: LatentDaemon, _ versions: KnownVersions
  ) throws -> Attacked {
    var attacked = Attacked()
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    let probe = FloorProbe(port: idle.port)
    let health = HealthProbe(port: daemon.httpPort)
    let publishing = versions.publishing(swaps, over: seconds, keeping: Self.keptVersions)
    attacked.attacks = (attack.isEmpty ? allAttacks : attack).map {
      AttackUnderWay($0, against: target(daemon))
    }
    while clock.now < deadline, let memory = try? daemon.memory() {
      attacked.memory.append(memory)
      usleep(50_000)
    }
    attacked.floor = try probe.finish()
    (attacked.health, attacked.healthProblems) = try health.finish()
    for attack in attacked.attacks { attack.target.end() }
    for attack in attacked.attacks { attack.stop() }
    try publishing.finish(isCutShort: daemon.ending != nil)
    return attacked
  }

  /// Returns the memory that the daemon holds for clients, as it reports it: the least within 10 seconds, because
  /// clients that are asking hold some.
  private func heldForClients(by daemon: LatentDaemon) throws -> Double {
    let deadline = ContinuousClock().now + .seconds(10)
    var least = Double.infinity
    while least > 0, ContinuousClock().now < deadline {
      least = min(
        least, try DaemonInformation("clients", at: daemon.port).number("client_memory"))
      usleep(20_000)
    }
    return least
  }

  /// Returns whether a new client is answered by `version` within 10 seconds.
  private func isServing(_ version: Int?, _ daemon: LatentDaemon) throws -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(10)
    repeat {
      if let connection = try? ClientSocket(port: daemon.port, patience: 10),
        (try? connection.send(Question.predict(user: 0, item: 0).line)) != nil,
        let line = try? connection.receiveLine(), Answer(line: line).version == version
      {
        return true
      }
      usleep(100_000)
    } while clock.now < deadline
    return false
  }
}
