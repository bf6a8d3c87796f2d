import ArgumentParser
import Foundation
import Ratings
import RatingsPostgres
import RatingsSQLite
import TensorCore

/// `latent-bench kills`: which acknowledged ratings a killed daemon has kept.
struct Kills: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "kills",
    abstract:
      "A daemon killed repeatedly in a flood of ratings: acknowledged ratings must survive.",
    discussion: """
      Each time, clients send RATE as fast as they are answered, 16 at a time, until `latent \
      serve` is killed with SIGKILL at a random moment. Then the store is read: it must contain \
      each acknowledged rating, or a later one that was sent for the same user and item.
      """)

  static let usualSize = (users: 1_000, items: 10_000, factors: 16)
  static let leastSize = (users: 1, items: 1, factors: 1)

  @OptionGroup var size: ModelSizeOptions<Kills>

  @Option(help: "The number of kills.")
  var kills = 200

  @Option(help: "Clients.")
  var clients = 8

  @Option(
    help: ArgumentHelp(
      "A store with ratings, which receives more, for users from 1,000,000,000 on (default: a "
        + "temporary SQLite store).",
      valueName: "postgres://..."))
  var store: String?

  @Option(help: "The seed for the random moments.")
  var seed: UInt64 = 0

  func validate() throws {
    guard kills >= 1, (1...1000).contains(clients) else {
      throw ValidationError("--kills must be at least 1, --clients from 1 to 1000.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    _ = try size.model.publish(in: folder.path)
    let ratings: any RatingsStore
    let location: String
    if let store {
      (ratings, location) = (try PostgresStore(url: store), store)
    } else {
      let path = folder.path("kills.sqlite")
      (ratings, location) = (SQLiteStore(path: path), "sqlite:" + path)
      try LiveStore.makeNearlyEmpty(at: location)
    }
    var random = RandomStream(seed: seed, stream: 0)
    var (acknowledged, lost, killed) = (0, 0, 0)
    for number in 0..<kills {
      if number % 20 == 0 { Progress.say("kill \(number + 1) of \(kills)") }
      let floods = try flood(
        folder, location, firstUser: 1_000_000_000 + Int64(number * clients),
        for: Double.random(in: 0.02..<0.3, using: &random))
      let session = ratings.session()
      for flood in floods {
        let kept = try session.ratings(of: UserID(flood.user), limit: AcknowledgedRatings.pairs)
        acknowledged += flood.count
        lost += flood.lost(from: kept)
      }
      killed += 1
    }
    let report = Report(
      conditions: [
        "kills": String(killed), "clients": String(clients),
        "store": store == nil ? "sqlite" : "postgres",
      ])
    try report.write("kills.acknowledged", Samples([Double(acknowledged)]), unit: "")
    guard
      try report.write("kills.lost", Samples([Double(lost)]), unit: "", bar: .atMost(0)),
      acknowledged > 0
    else { throw ChildFailure(description: "ratings were lost, or none was acknowledged") }
  }

  /// Returns each client's acknowledged ratings when the daemon is killed, `seconds` after all clients started.
  private func flood(
    _ folder: ScratchFolder, _ location: String, firstUser: Int64, for seconds: Double
  ) throws -> [AcknowledgedRatings] {
    let daemon = try LatentDaemon(folder: folder, ["--store", location])
    let port = daemon.port
    let work = (0..<clients).map { client in
      BackgroundWork { isOver in
        var ratings = AcknowledgedRatings(user: firstUser + Int64(client))
        // The daemon's end appears as the end of the connection.
        do { try ratings.flood(port, until: isOver) } catch is SocketFailure {}
        return ratings
      }
    }
    Thread.sleep(forTimeInterval: seconds)
    daemon.program.kill()
    return try work.map { try $0.finish(isCutShort: true) }
  }
}

/// The ratings that one client has sent, and how many were acknowledged. They are one user's ratings of a fixed number
/// of items in turn; their values count up from 1.
private struct AcknowledgedRatings: Sendable {
  /// The number of items, each of which is rated repeatedly.
  static let pairs = 64
  private static let depth = 16

  let user: Int64
  /// The number of acknowledged ratings, which have the values 1 to `count`.
  private(set) var count = 0
  private var sentCount = 0

  init(user: Int64) { self.user = user }

  /// Sends ratings until `isOver`. Throws if the connection ends.
  mutating func flood(_ port: Int, until isOver: () -> Bool) throws {
    let connection = try ClientSocket(port: port, patience: 10)
    while !isOver() {
      var lines = ""
      for _ in 0..<Self.depth {
        sentCount += 1
        lines += "RATE \(user) \(sentCount % Self.pairs) \(sentCount)\n"
      }
      try connection.send(lines)
      for _ in 0..<Self.depth {
        let reply = String(decoding: try connection.receiveLine(), as: UTF8.self)
        guard reply.contains("\"outcome\":\"added\"") || reply.contains("\"outcome\":\"replaced\"")
        else { throw ChildFailure(description: "RATE was answered by: \(reply)") }
        count += 1
      }
    }
  }

  /// Returns the number of items that have neither the last acknowledged rating nor a later one that was sent.
  func lost(from kept: [Rating]) -> Int {
    let values = Dictionary(
      kept.map { ($0.item, Int($0.value)) }, uniquingKeysWith: { first, _ in first })
    return (0..<Self.pairs).count { item in
      // The last number in 1...count that equals `item` modulo the number of items.
      let last = count - (count - item) % Self.pairs
      guard last >= 1, count >= item else { return false }
      let value = values[ItemID(Int64(item))] ?? 0
      return value < last || value > sentCount || value % Self.pairs != item
    }
  }
}
