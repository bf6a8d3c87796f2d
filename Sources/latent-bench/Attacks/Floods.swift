import Foundation
import TensorCore

/// An endless stream of requests that cost a daemon more than the client.
struct Flood: Sendable {
  /// The name on the command line and in figures.
  let name: String
  /// The service it is sent to.
  let service: Target.Service
  /// Returns the next requests, for the target's numbers of users and items. The last one may be incomplete.
  let next: @Sendable (_ random: inout RandomStream, _ target: Target) -> [UInt8]

  /// Creates a flood of `count` requests at a time, each created by `request`.
  init(
    _ name: String, to service: Target.Service = .requests, by count: Int,
    _ request: @escaping @Sendable (_ random: inout RandomStream, _ target: Target) -> String
  ) {
    (self.name, self.service) = (name, service)
    next = { random, target in
      var requests: [UInt8] = []
      for _ in 0..<count { requests += request(&random, target).utf8 }
      return requests
    }
  }

  /// Creates a flood that repeats the same bytes.
  init(_ name: String, to service: Target.Service = .requests, repeating bytes: [UInt8]) {
    (self.name, self.service) = (name, service)
    next = { _, _ in bytes }
  }
}

extension Flood {
  /// All floods; add new ones here.
  static let all: [Flood] = [
    Flood("recommend-one", by: 100) { _, _ in "RECOMMEND 1 COUNT 1000 WITHDETAILS\n" },
    Flood("recommend-varied", by: 100) { random, target in
      "RECOMMEND \(random.next(below: target.users)) COUNT 1000 WITHDETAILS\n"
    },
    Flood("similar-varied", by: 100) { random, target in
      "SIMILAR \(random.next(below: target.items)) COUNT 1000 MINRATINGS \(random.next(below: 1000))\n"
    },
    Flood("pipeline", by: 5_000) { random, target in
      "RECOMMEND \(random.next(below: target.users))\n"
    },
    Flood("info", by: 1_000) { _, _ in "INFO\n" },
    Flood("command-docs", by: 1_000) { _, _ in "COMMAND DOCS\n" },
    Flood("blank-lines", repeating: Array(repeating: UInt8(ascii: " "), count: 60_000) + [0x0A]),
    Flood("line-feeds", repeating: Array(repeating: 0x0A, count: 60_000)),
    Flood("cut-echo", repeating: cutEcho),
    Flood(
      "unknown-command",
      repeating: Array("e".utf8) + Array(repeatElement([0xCC, 0x81], count: 32_500).joined())
        + [0x0A]),
    Flood("images", repeating: images),
    Flood("no-images", repeating: noImage),
    Flood("cut-images", repeating: cutImage),
    Flood("transactions", by: 1) { random, target in
      var request = "MULTI\n"
      for _ in 0..<1_000 {
        request += "RECOMMEND \(random.next(below: target.users)) COUNT 1000 WITHDETAILS\n"
      }
      return request + "EXEC\n"
    },
    Flood("rate", by: 100) { random, target in
      "RATE \(rater(of: 1_000, &random)) \(item(of: 200, target, &random)) 4\n"
    },
    Flood("rate-many", by: 1) { random, target in
      "MRATE 1000"
        + (0..<1_000).map { _ in
          " \(rater(of: 1_000, &random)) \(item(of: 200, target, &random)) 3"
        }.joined() + "\n"
    },
    // Each list is computed anew from up to a thousand ratings.
    Flood("rate-and-ask", by: 50) { random, target in
      let user = rater(of: 10, &random)
      return
        "RATE \(user) \(item(of: 1_000, target, &random)) 5\nRECOMMEND \(user) COUNT 1000 WITHDETAILS\n"
    },
    Flood("http-recommend", to: .http, by: 50) { random, target in
      get("/api/recommend?user=\(random.next(below: target.users))&count=1000")
    },
    Flood("http-metrics", to: .http, by: 50) { _, _ in get("/metrics") },
    Flood(
      "http-headers", to: .http,
      repeating: Array("GET / HTTP/1.1\r\nHost: localhost\r\n".utf8)
        + repeatElement(
          Array("X-Long: \(String(repeating: "x", count: 1_000))\r\n".utf8), count: 60
        )
        .joined()),
    Flood(
      "http-target", to: .http,
      repeating: Array("GET /".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 60_000)),
  ]

  /// Returns one of the first `count` users that floods rate for.
  private static func rater(of count: UInt32, _ random: inout RandomStream) -> Int {
    Rated.firstFlooded + Int(random.next(below: count))
  }

  /// Returns one of the first `count` items, or of all items if there are fewer.
  private static func item(
    of count: UInt32, _ target: Target, _ random: inout RandomStream
  ) -> UInt32 {
    random.next(below: min(count, target.items))
  }

  private static func get(_ path: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
  }

  /// Photos of 1,024 by 1,024 pixels, in base64.
  private static let images = Array(
    repeatElement(SyntheticImageModel.request(side: 1024), count: 16).joined())

  /// The longest data allowed for an image, in base64, which is not an image.
  private static let noImage =
    Array("CLASSIFY \(SyntheticImageModel.name) IMAGE ".utf8)
    + [UInt8](repeating: UInt8(ascii: "A"), count: (16 << 20) / 3 * 4) + [0x0A]

  /// The longest raw image, from the middle of one to the middle of the next.
  private static let cutImage: [UInt8] = {
    let half = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
    let name = SyntheticImageModel.name
    let start =
      "\r\n*4\r\n$8\r\nCLASSIFY\r\n$\(name.utf8.count)\r\n\(name)\r\n$5\r\nIMAGE\r\n$\(2 * half.count)\r\n"
    return half + Array(start.utf8) + half
  }()

  /// An ECHO of 60,000 bytes, from the middle of one to the middle of the next. Wherever sending stops, the last
  /// request is incomplete.
  private static let cutEcho: [UInt8] = {
    let half = [UInt8](repeating: UInt8(ascii: "x"), count: 30_000)
    return half + Array("\r\n*2\r\n$4\r\nECHO\r\n$60000\r\n".utf8) + half
  }()
}

/// Clients that send one flood, each as fast as the daemon accepts it. They read either everything or nothing.
struct FloodAttack: Attack {
  let flood: Flood
  let clientCount: Int
  let isReading: Bool

  var name: String { isReading ? flood.name : flood.name + "-unread" }

  func run(against target: Target) {
    var random = RandomStream(seed: 8, stream: 2)
    var clients = (0..<clientCount).map { _ in Client() }
    while !target.isOver {
      for index in clients.indices where clients[index].socket == nil {
        clients[index] = Client(socket: target.connect(to: flood.service, isReading: isReading))
      }
      var waits = clients.map {
        pollfd(
          fd: $0.socket?.descriptor ?? -1, events: Int16(isReading ? POLLIN | POLLOUT : POLLOUT),
          revents: 0)
      }
      guard poll(&waits, nfds_t(waits.count), 50) > 0 else { continue }
      for index in clients.indices where waits[index].revents != 0 {
        do {
          try clients[index].advance(Int32(waits[index].revents)) {
            flood.next(&random, target)
          }
        } catch {
          // The daemon closed the connection: start again.
          clients[index] = Client()
          target.pause(milliseconds: 10)
        }
      }
    }
  }

  private struct Client {
    var socket: ClientSocket?
    var pending: [UInt8] = []
    var sentCount = 0

    init(socket: ClientSocket? = nil) {
      self.socket = socket
      socket?.resetAtEnd()
    }

    mutating func advance(_ events: Int32, _ next: () -> [UInt8]) throws {
      guard let socket else { return }
      guard events & (POLLERR | POLLHUP) == 0 else { throw SocketFailure(call: "poll", number: 0) }
      if events & POLLIN != 0 { try socket.discardNow() }
      guard events & POLLOUT != 0 else { return }
      if sentCount == pending.count {
        pending = next()
        sentCount = 0
      }
      sentCount += try socket.sendNow(pending[sentCount...])
    }
  }
}
