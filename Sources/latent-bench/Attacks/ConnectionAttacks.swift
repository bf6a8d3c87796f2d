/// Opens more connections than the daemon allows and holds them, including the refused ones, then resets all at once.
struct TooManyConnections: Attack {
  let name: String
  let service: Target.Service
  let connectionCount: Int
  /// How long the connections are held open, in milliseconds.
  var holding = 3_000

  /// Exceeds the default limit of `latent serve`, 1,024.
  static let ofRequests = TooManyConnections(
    name: "too-many-connections", service: .requests, connectionCount: 1_300)
  /// Exceeds the default limit for HTTP, 64.
  static let ofHTTP = TooManyConnections(
    name: "http-connections", service: .http, connectionCount: 200)

  func run(against target: Target) {
    while !target.isOver {
      let held = target.connect(connectionCount, to: service)
      withExtendedLifetime(held) { target.pause(milliseconds: holding) }
      _ = consume held
      target.pause(milliseconds: 1_000)
    }
  }
}

/// Connects and disconnects up to 500 times a second, each time at a different stage of the connection.
struct ConnectStorm: Attack {
  let name = "connect-storm"

  func run(against target: Target) {
    var number = 0
    while !target.isOver {
      number += 1
      if let connection = target.connect() {
        // Most are reset, or the system would run out of ports.
        if number % 64 != 0 { connection.resetAtEnd() }
        switch number % 4 {
        case 0: break
        case 1: try? connection.send("RECOMMEND 1 COUNT 100\n")
        case 2: try? connection.send("*2\r\n$4\r\nECHO\r\n$100\r\nhalf")
        default:
          try? connection.send("PING\n")
          _ = try? connection.receiveLine()
        }
      }
      target.pause(milliseconds: 2)
    }
  }
}

/// Clients that send their requests byte by byte, a tenth of a second apart.
struct SlowSenders: Attack {
  let name: String
  let service: Target.Service
  let clientCount: Int
  let request: [UInt8]

  static let ofRequests = SlowSenders(
    name: "slow-senders", service: .requests, clientCount: 50,
    request: Array("*3\r\n$7\r\nPREDICT\r\n$1\r\n1\r\n$1\r\n1\r\nPING  \n".utf8))
  /// Exceeds the 64 connections allowed for HTTP.
  static let ofHTTP = SlowSenders(
    name: "http-slow-senders", service: .http, clientCount: 100,
    request: Array("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))

  func run(against target: Target) {
    var clients = [ClientSocket?](repeating: nil, count: clientCount)
    var tick = 0
    while !target.isOver {
      for index in clients.indices {
        do {
          if let client = clients[index] {
            try client.send([request[tick % request.count]])
            try client.discardNow()
          } else {
            // Restarts at the start of the request; each client does so at another time.
            guard (tick + index) % request.count == 0 else { continue }
            clients[index] = target.connect(to: service)
            clients[index]?.resetAtEnd()
          }
        } catch {
          clients[index] = nil
        }
      }
      tick += 1
      target.pause(milliseconds: 100)
    }
  }
}

/// Many clients that request large answers and never read them. Half of them stay below the daemon's limit on one
/// client's unread output.
struct NeverReading: Attack {
  let name = "never-reading"
  let clientCount: Int
  /// Answers take some 46 KB. The system buffers 2.6 MB per loopback connection, however little the client reads; the
  /// daemon has to buffer the rest.
  private static let request = "RECOMMEND 1 COUNT 1000 WITHDETAILS\n"
  private static let requestCounts = (few: 70, many: 200)

  func run(against target: Target) {
    let few = Array(String(repeating: Self.request, count: Self.requestCounts.few).utf8)
    let many = Array(String(repeating: Self.request, count: Self.requestCounts.many).utf8)
    while !target.isOver {
      let clients = target.connect(clientCount, isReading: false) { client, number in
        // A daemon that has stopped reading accepts no more; what fitted was the attack.
        _ = try? client.sendNow((number.isMultiple(of: 2) ? few : many)[...])
      }
      withExtendedLifetime(clients) { target.pause(milliseconds: 5_000) }
    }
  }
}

/// Requests a web page can send: HTTP requests whose body contains commands, which must not be executed.
struct HTTPPosts: Attack {
  let name = "http-posts"
  private static let body = "ECHO carried-out\r\nINFO\r\nECHO carried-out\r\n"

  func run(against target: Target) {
    var number = 0
    while !target.isOver {
      number += 1
      let method = ["POST", "GET", "PUT", "OPTIONS"][number % 4]
      let request =
        "\(method) / HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\n"
        + "Content-Length: \(Self.body.utf8.count)\r\n\r\n" + Self.body
      guard let connection = target.connect() else { continue }
      if (try? connection.send(request)) != nil {
        connection.finishSending()
        while let line = try? connection.receiveLine() {
          if String(decoding: line, as: UTF8.self).hasPrefix("\"carried-out") {
            target.record("commands in the body of an HTTP request were executed")
          }
        }
      }
      connection.resetAtEnd()
      target.pause(milliseconds: 20)
    }
  }
}

/// Clients that close their write side amid a request. Complete requests are answered, the truncated one is refused,
/// then the daemon closes the connection.
struct HalfClosed: Attack {
  let name = "half-closed"
  private static let requestCount = 20

  func run(against target: Target) {
    while !target.isOver {
      guard let connection = target.connect() else { continue }
      let requests = String(repeating: "PREDICT 1 1\n", count: Self.requestCount)
      var replies: [String] = []
      do {
        try connection.send(requests + "PREDICT 1")
        connection.finishSending()
        while true { replies.append(String(decoding: try connection.receiveLine(), as: UTF8.self)) }
      } catch let failure as SocketFailure {
        check(replies, failure, target)
      } catch {}
      connection.resetAtEnd()
      target.pause(milliseconds: 20)
    }
  }

  private func check(_ replies: [String], _ failure: SocketFailure, _ target: Target) {
    // A daemon too busy to answer within a second, or at its connection limit, is not at fault.
    guard !failure.isTimeout, replies.first?.hasPrefix("-TOO_MANY_CONNECTIONS") != true else {
      return
    }
    let isWhole =
      replies.count == Self.requestCount + 1
      && replies.dropLast().allSatisfy { $0.contains("\"prediction\":") }
      && replies.last?.contains("BAD_FRAME") == true
    if !isWhole, !replies.isEmpty {
      target.record(
        "a client that closed its writing side got \(replies.count) replies of "
          + "\(Self.requestCount + 1), the last one: \(replies.last?.prefix(80) ?? "")")
    }
  }
}

/// Clients that queue commands after MULTI and then leave, or stay, without EXEC.
struct AbandonedTransactions: Attack {
  let name = "abandoned-transactions"
  private static let clientCount = 30
  private static let requests =
    "MULTI\n" + String(repeating: "RECOMMEND 1 COUNT 1000 WITHDETAILS\n", count: 200)

  func run(against target: Target) {
    while !target.isOver {
      let clients = target.connect(Self.clientCount) { client, number in
        _ = try? client.sendNow(Array(Self.requests.utf8)[...])
        if number.isMultiple(of: 3) { client.finishSending() }
      }
      withExtendedLifetime(clients) { target.pause(milliseconds: 500) }
    }
  }
}
