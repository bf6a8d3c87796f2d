import Foundation
import TensorCore

/// An ordinary client: asks PREDICT for a random user and item every millisecond, one at a time, and
/// takes the time.
///
/// It has a few connections, opened one after the other and used by turns, so that each event loop of
/// the daemon has one of them.
struct PredictingClient {
  private static let connectionCount = 4
  /// From one request to the next, in milliseconds, unless the answer takes longer.
  static let pace = 1.0

  private let connections: [ClientSocket]
  private let users: UInt32
  private let items: UInt32
  private var random: RandomStream
  private var turn = 0

  /// Connects to the daemon at `port`, whose model has so many users and items.
  init(port: Int, users: Int, items: Int) throws {
    connections = try (0..<Self.connectionCount).map { _ in try ClientSocket(port: port) }
    self.users = UInt32(users)
    self.items = UInt32(items)
    random = RandomStream(seed: 8, stream: 1)
  }

  /// Asks once and answers the milliseconds to the answer. Throws when there is none, or an error.
  mutating func ask() throws -> Double {
    turn = (turn + 1) % connections.count
    let connection = connections[turn]
    let (user, item) = (random.next(below: users), random.next(below: items))
    let request = Array("PREDICT \(user) \(item)\n".utf8)
    let (reply, seconds) = try timed {
      try connection.send(request)
      return try connection.receiveLine()
    }
    guard String(decoding: reply, as: UTF8.self).contains("\"prediction\":") else {
      throw ChildFailure(
        description: "PREDICT was answered by \(String(decoding: reply.prefix(200), as: UTF8.self))"
      )
    }
    return seconds * 1e3
  }

  /// Asks for so many seconds, once at least; answers the milliseconds of each.
  mutating func ask(for seconds: Double) throws -> [Double] {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    var milliseconds: [Double] = []
    repeat {
      let wait = try ask()
      milliseconds.append(wait)
      if wait < Self.pace { usleep(UInt32((Self.pace - wait) * 1e3)) }
    } while clock.now < deadline
    return milliseconds
  }

  /// Asks until a run of answers comes promptly: what was asked for before is done. Throws when it
  /// takes more than 30 seconds.
  mutating func waitForQuiet() throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(30)
    var promptCount = 0
    while promptCount < 50 {
      promptCount = try ask() < 2 ? promptCount + 1 : 0
      guard clock.now < deadline else {
        throw ChildFailure(description: "latent serve did not come to rest within 30 s")
      }
    }
  }
}
