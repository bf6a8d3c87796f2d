import ArgumentParser
import Foundation
import Ratings
import Recommenders

/// `latent-bench serve`: the daemon under `redis-benchmark`, compared to Redis.
struct Serving: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "The daemon's top-10 for known users, compared to precomputed lists in Redis.",
    discussion: """
      Starts `latent serve` twice, with and without its reply cache, and `redis-server` with a \
      sorted set of ten items for each user. `redis-benchmark` sends requests for random users to \
      each over 50 connections on the loopback interface. Two more daemons have a store of \
      ratings: one receives ratings (RATE), each durable when acknowledged; in the other, every \
      user has rated items since the training, and lists are computed from these ratings \
      (fold-in), without a cache. The processor time per request is the user and system time of \
      the server's process, divided by the number of requests in a run.
      """)

  static let usualSize = (users: 1_000, items: 10_000, factors: 64)
  static let leastSize = (users: 1, items: 10, factors: 1)

  @OptionGroup var size: ModelSizeOptions<Serving>

  @Option(help: "Threads of the daemon (default: one per processor).")
  var threads: Int?

  @Option(help: "Requests in a run; four times as many when pipelined.")
  var requests = 200_000

  @Option(help: "Threads of redis-benchmark, for either server.")
  var clientThreads = 1

  @Option(help: "Runs of each, in turn.")
  var rounds = 5

  @Flag(help: "Use TLS, with one certificate for all servers (ECDSA, P-256).")
  var tls = false

  private static let connections = 50
  private static let recommend = ["RECOMMEND", "__rand_int__", "COUNT", "10"]
  private static let rate = ["RATE", "__rand_int__", "__rand_int__", "4"]
  private static let range = ["ZRANGE", "top:__rand_int__", "0", "9"]

  func validate() throws {
    guard threads ?? 1 >= 1, clientThreads >= 1, requests >= 1, rounds >= 1 else {
      throw ValidationError(
        "--threads, --client-threads, --requests and --rounds must be at least 1.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    _ = try size.model.foldingIn.publish(in: folder.path)
    let certificate = tls ? try ServerCertificate(in: folder) : nil
    let redis: RedisServer
    do {
      redis = try RedisServer(
        folder: folder.path, userCount: size.users, certificate: certificate)
    } catch let failure as ChildFailure {
      Progress.say("can't measure without redis-server and redis-benchmark: \(failure)")
      return
    }
    func daemon(_ arguments: [String] = []) throws -> LatentDaemon {
      try LatentDaemon(
        folder: folder, threads: threads, arguments, certificate: certificate)
    }
    let warm = try daemon()
    let afresh = try daemon(["--cache", "0"])
    let rated = "sqlite:" + folder.path("rated.sqlite")
    let later = "sqlite:" + folder.path("later.sqlite")
    try LiveStore.make(at: rated, ratings(of: 1))
    try LiveStore.make(at: later, ratings(of: size.users))
    let writing = try daemon(["--store", rated])
    let folding = try daemon(["--cache", "0", "--store", later])

    var figures: [Run: Figures] = [:]
    let peer = Server(port: redis.port, process: redis.identifier)
    let runs: [(run: Run, server: Server, command: [String])] = [
      (.zrange, peer, Self.range), (.warm, Server(warm), Self.recommend),
      (.zrangePipelined, peer, Self.range), (.warmPipelined, Server(warm), Self.recommend),
      (.afresh, Server(afresh), Self.recommend), (.foldedIn, Server(folding), Self.recommend),
      (.rating, Server(writing), Self.rate),
    ]
    for round in 0...rounds {
      Progress.say(round == 0 ? "warming up" : "round \(round) of \(rounds)")
      for (run, server, command) in runs {
        let (rate, processorTime) = try measure(
          server, command, depth: run.depth, certificate: certificate)
        guard round > 0 else { continue }
        figures[run, default: Figures()].rates.append(rate)
        figures[run, default: Figures()].processorTimes.append(processorTime)
      }
    }
    try write(figures)
  }

  /// A server to measure: its address and its process.
  private struct Server {
    let port: Int
    let process: pid_t

    init(port: Int, process: pid_t) { (self.port, self.process) = (port, process) }

    init(_ daemon: LatentDaemon) {
      self.init(port: daemon.tlsPort ?? daemon.port, process: daemon.program.identifier)
    }
  }

  /// The figures of each round.
  private struct Figures {
    /// Requests per second.
    var rates: [Double] = []
    /// The server's CPU time per request, in microseconds.
    var processorTimes: [Double] = []
  }

  private enum Run {
    case zrange, warm, zrangePipelined, warmPipelined, afresh, foldedIn, rating

    /// The number of requests in flight per connection.
    var depth: Int {
      switch self {
      case .zrangePipelined, .warmPipelined, .rating: 16
      case .zrange, .warm, .afresh, .foldedIn: 1
      }
    }
  }

  /// Returns ratings that users made after the training, of items that they had not rated in it.
  private func ratings(of userCount: Int) -> [Rating] {
    let step = max(1, size.items / Self.laterRatings)
    var ratings: [Rating] = []
    for user in 0..<userCount {
      for item in stride(from: user % step, to: size.items, by: step) {
        let (user, item) = (UserID(Int64(user)), ItemID(Int64(item)))
        ratings.append(Rating(user: user, item: item, value: 4, time: .now))
      }
    }
    return ratings
  }
  private static let laterRatings = 20

  private func write(_ figures: [Run: Figures]) throws {
    func report(_ run: Run) -> Report {
      Report(
        conditions: size.conditions([
          "connections": String(Self.connections), "pipelined": String(run.depth),
          "threads": threads.map { String($0) } ?? "default",
          "clientThreads": String(clientThreads), "tls": tls ? "yes" : "no",
        ]))
    }
    func compare(
      _ figure: String, _ run: Run, to peer: Run, called name: String = "redis ZRANGE",
      bar: Report.Bar, processorBar: Report.Bar? = nil
    ) throws {
      guard let latent = figures[run], let other = figures[peer] else { return }
      // The bars apply to unencrypted connections.
      try report(run).compare(
        figure, Samples(latent.rates), with: [(name, Samples(other.rates))], unit: "requests/s",
        bar: tls ? nil : bar)
      // There are too few requests for the process clock to tick while they are answered.
      guard [latent, other].allSatisfy({ Samples($0.processorTimes).median > 0 }) else { return }
      try report(run).compare(
        figure + ".processor", Samples(latent.processorTimes),
        with: [(name, Samples(other.processorTimes))], unit: "us", bar: tls ? nil : processorBar)
    }
    try compare("serve.warm", .warm, to: .zrange, bar: .atLeast(0.85), processorBar: .atMost(0.8))
    try compare(
      "serve.pipelined", .warmPipelined, to: .zrangePipelined, bar: .atLeast(1.5),
      processorBar: .atMost(0.5))
    try compare("serve.afresh", .afresh, to: .zrange, bar: .atLeast(0.3))
    try compare(
      "serve.folded-in", .foldedIn, to: .afresh, called: "no later ratings", bar: .atLeast(0.5))
    if let rating = figures[.rating] {
      try report(.rating).write(
        "serve.rate", Samples(rating.rates), unit: "requests/s", bar: tls ? nil : .atLeast(20_000))
      try report(.rating).write(
        "serve.rate.processor", Samples(rating.processorTimes), unit: "us")
    }
  }

  /// Returns the requests that `server` answers per second, and its CPU time per request in microseconds.
  private func measure(
    _ server: Server, _ command: [String], depth: Int, certificate: ServerCertificate?
  ) throws -> (rate: Double, processorTime: Double) {
    let count = depth == 1 ? requests : 4 * requests
    let before = processorTimeOfProcess(server.process)
    let output = try ChildProgram(
      command: "redis-benchmark",
      [
        "-h", "127.0.0.1", "-p", String(server.port), "-c", String(Self.connections), "-n",
        String(count), "-r", String(size.users), "-P", String(depth), "--csv",
      ] + (clientThreads > 1 ? ["--threads", String(clientThreads)] : [])
        + (certificate.map { ["--tls", "--cacert", $0.path] } ?? []) + command
    ).finish()
    guard let before, let after = processorTimeOfProcess(server.process) else {
      throw ChildFailure(description: "a server exited during the benchmark")
    }
    // The output is a header, then "command","requests per second",...
    guard let line = output.split(separator: "\n").last,
      let rate = Double(line.split(separator: "\",\"").dropFirst().first ?? "")
    else { throw ChildFailure(description: "redis-benchmark printed no figures: \(output)") }
    return (rate, (after - before) * 1e6 / Double(count))
  }
}

/// `redis-server` on a free port, with a sorted set of ten items for each user.
private struct RedisServer {
  /// The port to measure, which uses TLS if there is a certificate.
  let port: Int
  private let program: ChildProgram

  /// The identifier of its process.
  var identifier: pid_t { program.identifier }

  init(folder: String, userCount: Int, certificate: ServerCertificate?) throws {
    let plainPort = try freePort()
    let encryption = try certificate.map { (port: try freePort(), files: $0) }
    port = encryption?.port ?? plainPort
    program = try ChildProgram(
      command: "redis-server",
      [
        "--port", String(plainPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        "--dir", folder,
      ]
        + (encryption.map {
          [
            "--tls-port", String($0.port), "--tls-cert-file", $0.files.path, "--tls-key-file",
            $0.files.keyPath, "--tls-ca-cert-file", $0.files.path, "--tls-auth-clients", "no",
          ]
        } ?? []))
    _ = try program.waitForOutput("Ready to accept connections")
    let script = """
      for user = 0, \(userCount - 1) do
        for item = 0, 9 do
          redis.call('ZADD', string.format('top:%012d', user), item, 1000 + item * 997)
        end
      end
      """
    _ = try ChildProgram(
      command: "redis-cli", ["-p", String(plainPort), "EVAL", script, "0"]
    ).finish()
  }
}
