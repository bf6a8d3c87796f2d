import ArgumentParser
import Foundation
import Ratings
import Recommenders

/// `latent-bench serve`: the daemon under `redis-benchmark`, beside Redis.
struct Serving: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "The daemon's top-10 for known users, against Redis answering a prepared list.",
    discussion: """
      Starts `latent serve` twice, with and without its reply cache, and `redis-server` with one \
      sorted set of ten for each user; `redis-benchmark` asks both for random users, 50 connections at \
      a time. Everything on the loopback interface. Two more daemons have a store of ratings: one is told \
      ratings (RATE), each durable when it is acknowledged; in the other every user has left ratings since the \
      training, by which the answers are made (fold-in), without a cache.
      """)

  static let usualSize = (users: 1_000, items: 10_000, factors: 64)
  static let leastSize = (users: 1, items: 10, factors: 1)

  @OptionGroup var size: ModelSizeOptions<Serving>

  @Option(help: "Threads of the daemon (default: its own).")
  var threads: Int?

  @Option(help: "Requests of a run; four times as many where they are pipelined.")
  var requests = 200_000

  @Option(help: "Threads of redis-benchmark, for either server.")
  var clientThreads = 1

  @Option(help: "Runs of each, in turn.")
  var rounds = 5

  private static let connections = 50
  private static let recommend = ["RECOMMEND", "__rand_int__", "COUNT", "10"]
  private static let rate = ["RATE", "__rand_int__", "__rand_int__", "4"]
  private static let range = ["ZRANGE", "top:__rand_int__", "0", "9"]

  func validate() throws {
    guard threads ?? 1 >= 1, clientThreads >= 1, requests >= 1, rounds >= 1 else {
      throw ValidationError("numbers are at least 1")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    var contents = size.model.contents()
    contents.tables.foldIn = .implicit(alpha: 20, regularization: 0.01, confidence: .equal)
    _ = try size.model.publish(contents, in: folder.path)
    let redis: RedisServer
    do { redis = try RedisServer(folder: folder.path, userCount: size.users) } catch let failure
      as ChildFailure
    {
      Progress.say("redis-server and redis-benchmark are needed, and not there: \(failure)")
      return
    }
    let warm = try LatentDaemon(folder: folder, threads: threads)
    let afresh = try LatentDaemon(folder: folder, threads: threads, ["--cache", "0"])
    let rated = "sqlite:" + folder.path("rated.sqlite")
    let later = "sqlite:" + folder.path("later.sqlite")
    try LiveStore.make(at: rated, ratings(of: 1))
    try LiveStore.make(at: later, ratings(of: size.users))
    let writing = try LatentDaemon(folder: folder, threads: threads, ["--store", rated])
    let folding = try LatentDaemon(
      folder: folder, threads: threads, ["--cache", "0", "--store", later])

    var rates: [Run: [Double]] = [:]
    let runs: [(run: Run, port: Int, command: [String])] = [
      (.zrange, redis.port, Self.range), (.warm, warm.port, Self.recommend),
      (.zrangePipelined, redis.port, Self.range), (.warmPipelined, warm.port, Self.recommend),
      (.afresh, afresh.port, Self.recommend), (.foldedIn, folding.port, Self.recommend),
      (.rating, writing.port, Self.rate),
    ]
    for round in 0...rounds {
      Progress.say(round == 0 ? "warming up" : "round \(round) of \(rounds)")
      for (run, port, command) in runs {
        let rate = try requestsPerSecond(port, command, depth: run.depth)
        if round > 0 { rates[run, default: []].append(rate) }
      }
    }
    try write(rates.mapValues { Samples($0) })
  }

  private enum Run {
    case zrange, warm, zrangePipelined, warmPipelined, afresh, foldedIn, rating

    /// Requests of a connection that are on their way at one time.
    var depth: Int {
      switch self {
      case .zrangePipelined, .warmPipelined, .rating: 16
      case .zrange, .warm, .afresh, .foldedIn: 1
      }
    }
  }

  /// Ratings that users have left since the training, of items that it has not seen them rate.
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

  private func write(_ rates: [Run: Samples]) throws {
    func report(_ run: Run) -> Report {
      Report(
        conditions: size.conditions([
          "connections": String(Self.connections), "pipelined": String(run.depth),
          "threads": threads.map { String($0) } ?? "default",
          "clientThreads": String(clientThreads),
        ]))
    }
    func compare(
      _ figure: String, _ run: Run, to peer: Run, called name: String = "redis ZRANGE",
      bar: Report.Bar
    ) throws {
      guard let latent = rates[run], let other = rates[peer] else { return }
      try report(run).compare(figure, latent, with: [(name, other)], unit: "requests/s", bar: bar)
    }
    try compare("serve.warm", .warm, to: .zrange, bar: .atLeast(0.85))
    try compare("serve.pipelined", .warmPipelined, to: .zrangePipelined, bar: .atLeast(1.5))
    try compare("serve.afresh", .afresh, to: .zrange, bar: .atLeast(0.3))
    try compare(
      "serve.folded-in", .foldedIn, to: .afresh, called: "no later ratings", bar: .atLeast(0.5))
    if let rating = rates[.rating] {
      try report(.rating).write("serve.rate", rating, unit: "requests/s", bar: .atLeast(20_000))
    }
  }

  private func requestsPerSecond(_ port: Int, _ command: [String], depth: Int) throws -> Double {
    let output = try ChildProgram(
      command: "redis-benchmark",
      [
        "-h", "127.0.0.1", "-p", String(port), "-c", String(Self.connections), "-n",
        String(depth == 1 ? requests : 4 * requests), "-r", String(size.users), "-P", String(depth),
        "--csv",
      ] + (clientThreads > 1 ? ["--threads", String(clientThreads)] : []) + command
    ).finish()
    // A header, then "command","requests a second",...
    guard let line = output.split(separator: "\n").last,
      let rate = Double(line.split(separator: "\",\"").dropFirst().first ?? "")
    else { throw ChildFailure(description: "redis-benchmark printed no figures: \(output)") }
    return rate
  }
}

/// `redis-server` on a free port, with a sorted set of ten items for each user.
private struct RedisServer {
  let port: Int
  private let program: ChildProgram

  init(folder: String, userCount: Int) throws {
    port = try freePort()
    program = try ChildProgram(
      command: "redis-server",
      [
        "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
        folder,
      ])
    _ = try program.waitForOutput("Ready to accept connections")
    let script = """
      for user = 0, \(userCount - 1) do
        for item = 0, 9 do
          redis.call('ZADD', string.format('top:%012d', user), item, 1000 + item * 997)
        end
      end
      """
    _ = try ChildProgram(command: "redis-cli", ["-p", String(port), "EVAL", script, "0"]).finish()
  }
}
