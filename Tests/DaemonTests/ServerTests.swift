import Daemon
import Foundation
import TestEnvironment
import Testing

/// Connections as seen by clients, over real sockets.
struct ServerTests {
  @Test func answersThousandsOfPipelinedRequestsInOrder() async throws {
    try await TestServer.run { running in
      for address in running.server.addresses {
        try await running.talk(over: address) { client in
          let count = 20_000
          try client.send((0..<count).map { "ECHO \($0)\n" }.joined())
          for number in 0..<count {
            guard try client.receiveLine() == "\"\(number)\"" else {
              Issue.record("reply \(number) is missing or out of order")
              return
            }
          }
        }
      }
    }
  }

  @Test func answersAllThatWasSentBeforeTheClientClosedItsSide() async throws {
    try await TestServer.run { running in
      for address in running.server.addresses {
        let answers = try await running.talk(over: address) { client in
          try client.ask(String(repeating: "RECOMMEND 1 COUNT 2\n", count: 5000) + "PI")
        }
        let lines = answers.split(separator: "\n")
        #expect(lines.count == 5001)
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix(#"{"user":1,"#) })
        #expect(lines.last?.contains("BAD_FRAME") == true)
      }
    }
  }

  @Test func aCutArrayIsToldWhatFitsAnArray() async throws {
    try await TestServer.run { running in
      for cut in ["*", "*2\r\n$4\r\nECHO\r\n", "*1\r\n$4\r\nPI"] {
        let answer = try await running.talk { try $0.ask(cut) }
        #expect(answer.hasPrefix("-BAD_FRAME the input ended in the middle of a request"))
        #expect(answer.hasSuffix("of its declared length.\r\n") && !answer.contains("line feed"))
      }
    }
  }

  /// A web page can make a browser send a body of its choice here.
  @Test func whatABrowserSendsIsAnsweredByOneLineAndCarriesOutNothing() async throws {
    try await TestServer.run { running in
      for line in ["POST / HTTP/1.1", "PUT /' HTTP/1.1", "Host: 127.0.0.1:6380"] {
        let answer = try await running.talk { client in
          try client.ask(
            line + "\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 23\r\n\r\n"
              + "PING\nRECOMMEND 1\nPING\n")
        }
        #expect(
          answer == #"{"error":{"code":"HTTP_REQUEST","message":"this is not an HTTP server","#
            + #""remedy":"Send lines or RESP arrays, as redis-cli does; the connection is closed."}}"#
            + "\n")
      }
      #expect(try await running.count("computed_answers") == 0)
      #expect(try await running.count("total_commands_processed") == 5)
    }
  }

  /// 30,000 accents on one letter are one character, and nearly as many bytes as a request may have.
  @Test func anErrorGivesBackAFewBytesOfWhatWasSent() async throws {
    let long = "e" + String(repeating: "\u{301}", count: 30_000)
    for contents in [Catalogue.contents(), Catalogue.textContents()] {
      try await TestServer.run(about: contents) { running in
        let requests = [
          "\(long)", "\(long) 1", "RECOMMEND \(long)", "RECOMMEND 1 \(long)",
          "RECOMMEND 1 COUNT \(long)", "PREDICT \(long) 1", "PREDICT zoë \(long)",
          "SIMILAR \(long)", "HELP \(long)", "CLIENT \(long)", "CONFIG \(long)", "COMMAND \(long)",
          "HELLO \(long)", "HELLO 3 \(long) 1", "SELECT \(long)",
          // The maximum length of an id.
          "PREDICT zoë e\(String(repeating: "\u{301}", count: 500))",
        ]
        for request in requests {
          let answer = try await running.talk { try $0.ask(request + "\n") }
          #expect(answer.contains("error"), "\(request.prefix(30).utf8)")
          #expect(answer.utf8.count < 600, "\(answer.utf8.count)")
        }
      }
    }
  }

  @Test func refusesConnectionsBeyondTheLimitAndTakesNewOnesLater() async throws {
    var limits = ServerLimits()
    limits.connections = 3
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        var admitted = try (0..<3).map { _ in try running.connect() }
        for client in admitted {
          try client.send("PING\n")
          #expect(try client.receiveLine() == "\"PONG\"")
        }
        for _ in 0..<5 {
          let refused = try running.connect()
          try refused.send("PING\n")
          #expect(
            try refused.receiveLine()?.hasPrefix(
              "-TOO_MANY_CONNECTIONS the server has reached its limit")
              == true)
          #expect(try refused.receiveAll().isEmpty)
        }
        try admitted[0].send("QUIT\n")
        #expect(try admitted[0].receiveAll() == Array("\"OK\"\n".utf8))
        admitted.removeFirst()
        #expect(try running.answersAnotherClient())
      }
    }
  }

  @Test func holdsAThousandConnections() async throws {
    var limits = ServerLimits()
    limits.connections = 1000
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        let clients = try (0..<1000).map { _ in try running.connect(over: running.unix) }
        for client in clients { try client.send("PREDICT 1 10\n") }
        for client in clients {
          #expect(try client.receiveLine()?.contains("\"prediction\":4.0") == true)
        }
        let refused = try running.connect(over: running.unix)
        #expect(try refused.receiveLine()?.hasPrefix("-TOO_MANY") == true)
        withExtendedLifetime(clients) {}
      }
    }
  }

  /// A client library would take an unsolicited error for its next reply.
  @Test func closesASilentConnectionAndSaysWhyOnlyToAPerson() async throws {
    var limits = ServerLimits()
    limits.idleTime = .seconds(1)
    try await TestServer.run(limits: limits) { running in
      try await running.talk { client in
        try client.send("PING\n")
        #expect(try client.receiveLine() == "\"PONG\"")
        #expect(
          try client.receiveLine()?.contains("\"IDLE\",\"message\":\"nothing was received") == true)
        #expect(try client.receiveAll().isEmpty)
      }
      try await running.talk { client in
        try client.send("PING\n*1\r\n$4\r\nPING\r\n")
        #expect(try client.receiveLine() == "\"PONG\"")
        #expect(try client.receiveLine() == "+PONG\r")
        #expect(try client.receiveAll().isEmpty)
      }
      #expect(try await running.talk { try $0.receiveAll() }.isEmpty)
      #expect(try await running.count("dropped_connections") == 3)
    }
  }

  @Test func aSlowReaderGetsEveryAnswer() async throws {
    var limits = ServerLimits()
    limits.unreadBytes = 65_536
    try await TestServer.run(limits: limits) { running in
      try await running.talk(receiveBuffer: 4096) { client in
        let text = String(repeating: "x", count: 1000)
        // More than the system's buffers and the limit hold; the rest waits as requests.
        let request = "ECHO \(text)\n"
        let count = 2000
        try client.send(String(repeating: request, count: count))
        for number in 0..<count {
          guard try client.receiveLine() == "\"\(text)\"" else {
            Issue.record("reply \(number) is missing")
            return
          }
        }
      }
    }
  }

  @Test func disconnectsAClientThatDoesNotReadAndSaysSoInTheLog() async throws {
    var limits = ServerLimits()
    limits.unreadBytes = 65_536
    limits.unreadTime = .milliseconds(300)
    try await TestServer.run(limits: limits) { running in
      let sent = try await running.talk(over: running.unix) { client in
        let requests = String(repeating: "RECOMMEND 1 COUNT 6\n", count: 1000)
        var sent = 0
        while (try? client.send(requests)) != nil, sent < 1 << 30 { sent += requests.utf8.count }
        return sent
      }
      #expect(running.log.all.contains { $0.hasPrefix("warning: disconnecting a client that") })
      // Before that, requests whose answers were not read were left unprocessed and finally not received: the limit and
      // the system's buffers hold no more.
      let processed = try await running.count("total_commands_processed")
      let dropped = try await running.count("dropped_connections")
      #expect(sent < 4 << 20)
      #expect(processed < 20_000)
      #expect(dropped == 1)
    }
  }

  @Test func refusesARequestThatIsTooLong() async throws {
    var limits = ServerLimits()
    limits.requestBytes = 100
    try await TestServer.run(limits: limits) { running in
      try await running.talk { client in
        try client.send(String(repeating: "x", count: 500_000) + "\nPING\n")
        #expect(try client.receiveLine()?.contains("REQUEST_TOO_LONG") == true)
        #expect(try client.receiveAll().isEmpty)
      }
    }
  }

  @Test func hostileBytesCloseTheirOwnConnectionAtMost() async throws {
    try await TestServer.run { running in
      try await onThread {
        var random = SplitMix64(seed: 9)
        for _ in 0..<200 {
          let client = try running.connect()
          let bytes = (0..<Int.random(in: 1..<2000, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
          }
          try? client.send(bytes)
          client.finishSending()
          _ = try? client.receiveAll()
        }
        let client = try running.connect()
        try client.send("PING\n")
        #expect(try client.receiveLine() == "\"PONG\"")
      }
    }
  }

  @Test func stoppingAnswersWhatWasSent() async throws {
    var limits = ServerLimits()
    // Some requests remain unprocessed until the client has read; the stop comes amid them.
    limits.unreadBytes = 65_536
    limits.drainTime = .seconds(300)
    limits.stopTime = .seconds(300)
    let count = 3000
    for isUnix in [false, true] {
      try await TestServer.run(limits: limits) { running in
        let client = try await running.talk(
          over: isUnix ? running.unix : running.tcp, receiveBuffer: 4096
        ) { client in
          try client.send(String(repeating: "RECOMMEND 2 COUNT 5\n", count: count))
          // One answer has arrived; the rest is in flight.
          #expect(try client.receiveLine() != nil)
          return client
        }
        async let stopped: Void = running.server.stop()
        await #expect(throws: SocketClient.Failure.self) {
          while true { try await running.talk { _ in } }
        }
        let answers = try await onThread { try client.receiveAll() }
        #expect(answers.count { $0 == 0x0A } == count - 1)
        try await stopped
      }
    }
  }

  @Test func stoppingDoesNotWaitForClientsThatAreIdle() async throws {
    var limits = ServerLimits()
    limits.connections = 4
    // Longer than a busy machine needs; no other limit disconnects a client before.
    limits.stopTime = .seconds(60)
    limits.unreadTime = .seconds(120)
    var log: LogLines?
    try await TestServer.run(limits: limits) { running in
      let clients = try await onThread {
        // None of them will ever close: one never spoke, one was answered, one said QUIT, one is above the limit.
        let clients = try running.server.addresses.flatMap { address in
          try (0..<2).map { _ in try running.connect(over: address) }
        }
        try clients[1].send("PING\n")
        #expect(try clients[1].receiveLine() == "\"PONG\"")
        try clients[2].send("QUIT\n")
        #expect(try clients[2].receiveLine() == "\"OK\"")
        return clients
      }
      try await running.server.stop()
      for client in clients { #expect(try await onThread { try client.receiveAll() }.isEmpty) }
      log = running.log
    }
    #expect(log?.all.isEmpty == true)
  }
}
