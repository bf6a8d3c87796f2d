import ArgumentParser
import Foundation
import Synchronization

/// `latent-bench connections`: how a daemon copes with thousands of clients, many of them misbehaving.
struct Connections: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "connections",
    abstract:
      "Memory under thousands of connections, slow readers, half-open clients and floods.",
    discussion: """
      Kinds of clients connect to a daemon one after the other and stay: idle ones, active ones, \
      more than the limit allows (these leave again), half-open ones (some amid the TLS \
      handshake), slow readers, which pipeline requests and read nothing, and floods. For each \
      phase the memory of the daemon and of the machine's sockets is reported, the latency of \
      PREDICT for one more client, and how many clients the daemon refused, dropped, and \
      disconnected because of their memory. Then all clients leave.

      Exits with 1 and the reason if an idle connection takes more than 16 KiB of the daemon's \
      memory; if the daemon ever takes more than its initial memory plus its cache (16 MiB), 16 \
      KiB per connection, 1.25 times --max-client-memory, and 64 MiB; if in the end it takes more \
      than its initial memory plus its cache and 50 MiB, or has more files open than at first; if \
      a client above the limit is not told so; if an active client gets no answer; or if the 99th \
      percentile of PREDICT exceeds both 20 ms and twelve times its initial value. From the phase \
      of the slow readers on, this bound is higher by 0.5 ms, the turn of a new connection, for \
      each of them. This program and the daemon each need as many open files as there are \
      connections.
      """)

  static let usualSize = (users: 2_000, items: 20_000, factors: 32)
  static let leastSize = (users: 50, items: 1_000, factors: 1)

  @Option(help: "Idle connections.")
  var idle = 9_000

  @Option(help: "Active connections, which send requests in turn, one per millisecond.")
  var active = 1_000

  @Option(help: "Clients that pipeline requests and do not read.")
  var slowReaders = 1_000

  @Option(help: "Clients that begin a request or a TLS handshake, then go silent.")
  var halfOpen = 500

  @Option(help: "The duration of each phase, in seconds.")
  var seconds = 10.0

  @Option(
    help: ArgumentHelp(
      "The daemon's --max-client-memory: the limit for all clients together.", valueName: "MiB"))
  var maxClientMemory = 256

  @Flag(help: "Report latencies, but do not fail because of them: for a busy machine.")
  var ignoreTimes = false

  @OptionGroup var size: ModelSizeOptions<Connections>

  @Option(help: "Threads of the daemon (default: one per processor).")
  var threads: Int?

  /// The maximum memory per well-behaved connection, in MiB.
  private static let connectionBar = 16.0 / 1024
  /// The factor by which the process's memory may exceed the memory held for clients, because of allocator
  /// fragmentation.
  private static let allocatorBar = 1.25
  /// The memory that the process may have beyond those, in MiB.
  private static let reserveBar = 64.0
  private static let endBar = 50.0
  /// The turn that the daemon's event loop gives a new connection, in milliseconds.
  private static let newcomersTurn = 0.5
  /// Connections besides those requested by options: the ordinary client's, those for INFO, and the floods'.
  private static let furtherConnections = 32
  /// The number of connections above the limit. The daemon can notify more than that at one time, so that one more is
  /// notified, too.
  private static let excessCount = 40
  private static let cache = 16
  private static let connectingLimit = Duration.seconds(120)
  private static let settlingLimit = Duration.seconds(30)

  func validate() throws {
    guard idle >= 1, active >= 0, slowReaders >= 0, halfOpen >= 0, threads ?? 1 >= 1,
      maxClientMemory >= 1
    else {
      throw ValidationError(
        "--idle, --threads and --max-client-memory must be at least 1, --active, --slow-readers "
          + "and --half-open at least 0.")
    }
    guard connectionLimit <= 60_000 else {
      throw ValidationError(
        "more than 60000 connections in all: one machine has too few ports for them")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds must be above 0 and at most 3600.")
    }
  }

  /// The daemon's limit on connections.
  private var connectionLimit: Int {
    idle + active + slowReaders + halfOpen + Self.furtherConnections
  }

  /// A phase of the measurement, with its kind of clients.
  private struct Phase {
    let name: String
    let attacks: [any Attack]
    /// The number of connections to wait for.
    var connectionCount = 0
    /// Whether its clients use up the connection limit. They then leave before the next phase; others stay.
    var isFull = false
    /// The number of new connections that repeatedly get a turn before all other clients.
    var newcomerCount = 0
  }

  private var phases: [Phase] {
    let excess = slowReaders + halfOpen + Self.furtherConnections + Self.excessCount
    let floods = ["recommend-varied", "cut-echo", "rate", "http-recommend"]
    return [
      Phase(name: "quiet", attacks: []),
      Phase(
        name: "idle", attacks: [ManyClients(name: "idle", clientCount: idle, isAsking: false)],
        connectionCount: idle),
      Phase(
        name: "active", attacks: [ManyClients(name: "active", clientCount: active, isAsking: true)],
        connectionCount: active),
      // Before any clients that the daemon closes by itself: the present ones keep it full as long as the phase lasts.
      Phase(
        name: "too many",
        attacks: [
          TooManyConnections(
            name: "too-many", service: .requests, connectionCount: excess, holding: .max / 2)
        ], connectionCount: excess, isFull: true),
      Phase(
        name: "half-open", attacks: [HalfOpen(clientCount: halfOpen)], connectionCount: halfOpen),
      Phase(
        name: "slow readers", attacks: [NeverReading(clientCount: slowReaders)],
        connectionCount: slowReaders, newcomerCount: slowReaders),
      Phase(
        name: "floods",
        attacks: Flood.all.filter { floods.contains($0.name) }.map {
          FloodAttack(flood: $0, clientCount: 1, isReading: $0.name != "recommend-varied")
        }, newcomerCount: slowReaders),
    ]
  }

  func run() throws {
    try ClientSocket.allowOpenFiles(connectionLimit + Self.excessCount + 256)
    let folder = try ScratchFolder()
    _ = try size.model.foldingIn.publish(in: folder.path)
    let store = "sqlite:" + folder.path("ratings.sqlite")
    try LiveStore.makeNearlyEmpty(at: store)
    let idle = try LatentDaemon(folder: try ScratchFolder(), threads: 1, ["--wait"])
    let daemon = try LatentDaemon(
      folder: folder, threads: threads,
      [
        "--cache", String(Self.cache), "--store", store, "--max-connections",
        String(connectionLimit), "--max-client-memory", String(maxClientMemory),
      ], certificate: try ServerCertificate(in: folder))
    guard
      try DaemonInformation("clients", at: daemon.port).number("max_clients")
        >= Double(connectionLimit)
    else {
      throw ChildFailure(
        description:
          "the daemon may open too few files for \(connectionLimit) connections; raise the limit "
          + "(ulimit -n), or use fewer connections")
    }
    var findings = Findings(
      conditions: size.conditions([
        "idle": String(self.idle), "active": String(active), "slowReaders": String(slowReaders),
        "halfOpen": String(halfOpen), "maxClientMemory": String(maxClientMemory),
        "seconds": String(seconds), "threads": threads.map { String($0) } ?? "default",
      ]), ignoringTimes: ignoreTimes)
    do { try measure(daemon, beside: idle, &findings) } catch {
      throw daemon.ending == nil ? error : daemon.ended
    }
    if let failure = findings.failure { throw failure }
  }

  private func measure(
    _ daemon: LatentDaemon, beside idle: LatentDaemon, _ findings: inout Findings
  ) throws {
    var client = try PredictingClient(port: daemon.port, users: size.users, items: size.items)
    var underWay: [AttackUnderWay] = []
    defer { for attack in underWay { attack.stop() } }
    var (start, usual): (Holdings?, Double?) = (nil, nil)
    var (connectionCount, peak) = (0, 0.0)
    for phase in phases {
      Progress.say(phase.name)
      let before = try DaemonInformation("stats", at: daemon.port)
      let begun = phase.attacks.map {
        AttackUnderWay($0, against: Target(daemon, users: size.users, items: size.items))
      }
      underWay += begun
      try waitForConnections(of: begun, phase.connectionCount)
      let probe = FloorProbe(port: idle.port)
      let memory = MemoryProbe(process: daemon.program.identifier)
      let waits = Samples(waits: try client.ask(for: seconds), pace: PredictingClient.pace)
      let floor = Samples(waits: try probe.finish(), pace: FloorProbe.pace)
      let seen = Samples(try memory.finish())
      if phase.isFull {
        try writeRefusal(at: daemon.port, &findings)
        for attack in begun { attack.stop() }
        try waitForPlace(at: daemon.port)
      } else {
        connectionCount += phase.connectionCount
      }
      peak = max(peak, seen.maximum)
      try write(phase, seen, waits, floor, usual: usual, &findings)
      try writeCounts(phase, since: before, at: daemon.port, &findings)
      if let start, phase.name == "idle" {
        try findings.write(
          "connections.each", (seen.median - start.memory) * 1024 / Double(connectionCount),
          unit: "KiB", bar: .atMost(Self.connectionBar * 1024))
      }
      start = try start ?? Holdings(of: daemon)
      usual = usual ?? waits.percentile99
    }
    guard let start else { preconditionFailure("no phases") }
    try findings.write(
      "connections.memory", side: "peak", peak, unit: "MiB",
      bar: .atMost(
        start.memory + Self.connectionBar * Double(connectionCount) + Self.allocatorBar
          * Double(maxClientMemory)
          + Double(Self.cache) + Self.reserveBar))
    for attack in underWay { attack.target.end() }
    for attack in underWay {
      attack.stop()
      let offences = attack.target.offences
      for offence in Set(offences).sorted().prefix(3) { Progress.say(offence) }
      try findings.write(
        "connections.offences", side: attack.attack.name, Double(offences.count), unit: "",
        bar: .atMost(0))
    }
    Progress.say("settling")
    let (end, seconds) = try start.wait(
      for: daemon, tolerating: Double(Self.cache) + Self.endBar, within: Self.settlingLimit)
    try findings.write("connections.settling", seconds, unit: "s")
    try findings.write(
      "connections.memory", side: "end", end.memory, unit: "MiB",
      bar: .atMost(start.memory + Double(Self.cache) + Self.endBar))
    try findings.write(
      "connections.descriptors", side: "end", Double(end.descriptors), unit: "",
      bar: .atMost(Double(start.descriptors)))
  }

  private func waitForConnections(of attacks: [AttackUnderWay], _ count: Int) throws {
    let clock = ContinuousClock()
    let deadline = clock.now + Self.connectingLimit
    while attacks.reduce(0, { $0 + $1.target.traffic.connections.load(ordering: .relaxed) })
      < count
    {
      guard clock.now < deadline else {
        throw ChildFailure(
          description: "\(count) clients could not connect within \(Self.connectingLimit)")
      }
      usleep(10_000)
    }
  }

  /// Waits at most 10 seconds until the daemon accepts a client again.
  private func waitForPlace(at port: Int) throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(10)
    while (try? DaemonInformation("clients", at: port).number("connected_clients")) == nil {
      guard clock.now < deadline else {
        throw ChildFailure(description: "the daemon accepts no client 10 s after others left")
      }
      usleep(20_000)
    }
  }

  private func write(
    _ phase: Phase, _ memory: Samples, _ waits: Samples, _ floor: Samples, usual: Double?,
    _ findings: inout Findings
  ) throws {
    try findings.write("connections.memory", side: phase.name, memory, unit: "MiB")
    if let sockets = SocketMemory.now {
      try findings.write("connections.sockets", side: phase.name, sockets, unit: "MiB")
    }
    try findings.write("connections.median", side: phase.name, waits, unit: "ms")
    try findings.write(
      "connections.p99", side: phase.name, waits, unit: "ms", as: \.percentile99,
      bar: usual.map {
        .atMost(max(20, 12 * $0) + Self.newcomersTurn * Double(phase.newcomerCount))
      })
    try findings.write(
      "connections.floor", side: phase.name, floor, unit: "ms", as: \.percentile99)
  }

  private func writeCounts(
    _ phase: Phase, since before: DaemonInformation, at port: Int, _ findings: inout Findings
  ) throws {
    let after = try DaemonInformation("stats", at: port)
    for (figure, name) in [
      ("refused", "rejected_connections"), ("dropped", "dropped_connections"),
      ("evicted", "evicted_clients"),
    ] {
      let count = try after.number(name) - before.number(name)
      try findings.write(
        "connections.\(figure)", side: phase.name, count, unit: "",
        bar: figure == "refused" && phase.isFull ? .atLeast(1) : nil)
    }
  }

  /// Records whether a client above the limit is told so.
  private func writeRefusal(at port: Int, _ findings: inout Findings) throws {
    let connection = try ClientSocket(port: port, patience: 10)
    let line = (try? connection.receiveLine()).map { String(decoding: $0, as: UTF8.self) } ?? ""
    Progress.say("answer above the limit: \(line.isEmpty ? "none" : line)")
    try findings.write(
      "connections.told", line.hasPrefix("-TOO_MANY_CONNECTIONS") ? 1 : 0, unit: "",
      bar: .atLeast(1))
  }
}
