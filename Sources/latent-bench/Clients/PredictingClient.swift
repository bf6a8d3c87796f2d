import Foundation
import TensorCore

/// An ordinary client: sends PREDICT for a random user and item every millisecond, one at a time, and measures the
/// latency.
///
/// It uses a few connections in turn, opened one after the other, so that each event loop of the daemon has one.
struct PredictingClient {
  private static let connectionCount = 4
  /// The interval between requests, in milliseconds, unless an answer takes longer.
  static let pace = 1.0

  private let connections: [ClientSocket]
  private let users: UInt32
  private let items: UInt32
  private var random: RandomStream
  private var turn = 0

  /// Connects to the daemon at `port`, whose model has the given numbers of users and items.
  init(port: Int, users: Int, items: Int) throws {
    connections = try (0..<Self.connectionCount).map { _ in try ClientSocket(port: port) }
    self.users = UInt32(users)
    self.items = UInt32(items)
    random = RandomStream(seed: 8, stream: 1)
  }

  /// Sends one request and returns its latency in milliseconds. Throws if there is no answer or an error.
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

  /// Sends requests for `seconds`, at least one; returns the latencies in milliseconds.
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

  /// Sends requests until several answers in a row are prompt, so that earlier work is done. Throws after 30 seconds.
  mutating func waitForQuiet() throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(30)
    var promptCount = 0
    while promptCount < 50 {
      promptCount = try ask() < 2 ? promptCount + 1 : 0
      guard clock.now < deadline else {
        throw ChildFailure(description: "latent serve was still busy after 30 s")
      }
    }
  }
}
