import Daemon
import Foundation
import LineProtocol
import TestEnvironment
import Testing

/// SUBSCRIBE and its effects.
struct SubscriptionTests {
  /// Returns facts about `version`.
  static func facts(_ version: Int, _ name: String = "recommender") -> ModelFacts {
    ModelFacts(
      name: name, version: version, kind: "dot-bias", sha256: "abc",
      createdAt: "2026-01-01T00:00:00Z", inServiceSince: "2026-01-02T00:00:00Z")
  }

  static let payload =
    #"{"model":"recommender","version":2,"kind":"dot-bias","sha256":"abc","created_at":"2026-01-01T00:00:00Z","in_service_since":"2026-01-02T00:00:00Z"}"#

  static func array(_ words: String...) -> String { array(words) }

  static func array(_ words: [String]) -> String {
    words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
  }

  /// Switches `client` to version 3 of the protocol.
  static func speakVersion3(_ client: SocketClient) throws {
    try client.send(array("HELLO", "3"))
    while try #require(try client.receiveLine()) != "*0\r" {}
  }

  /// Returns the next reply of bulk strings and integers, as its lines.
  static func receive(_ client: SocketClient, lines: Int) throws -> [String] {
    try (0..<lines).map { _ in
      let line = try #require(try client.receiveLine())
      return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }
  }

  @Test func aMessageComesWhenAVersionDoes() async throws {
    try await TestServer.run(threadCount: 2) { running in
      let clients = try await onThread {
        let clients = try (0..<4).map { _ in try running.connect() }
        #expect(
          try ClientCommandTests.say(clients[0], "SUBSCRIBE recommender")
            == #"["subscribe","recommender",1]"#)
        try clients[1].send(Self.array("SUBSCRIBE", "recommender"))
        #expect(
          try Self.receive(clients[1], lines: 6)
            == ["*3", "$9", "subscribe", "$11", "recommender", ":1"])
        try Self.speakVersion3(clients[2])
        try clients[2].send(Self.array("PSUBSCRIBE", "rec*", "recommende?", "other"))
        #expect(
          try Self.receive(clients[2], lines: 18)
            == [
              ">3", "$10", "psubscribe", "$4", "rec*", ":1", ">3", "$10", "psubscribe", "$11",
              "recommende?", ":2", ">3", "$10", "psubscribe", "$5", "other", ":3",
            ])
        _ = try ClientCommandTests.say(clients[3], "PING")
        return clients
      }
      let new = try TestServer.served(Catalogue.contents(shift: 1), version: 2)
      try await running.server.serve(new)
      running.server.noteSwap(of: "recommender", to: Self.facts(2))
      try await onThread {
        #expect(
          try clients[0].receiveLine() == #"["message","recommender",\#(Self.payload)]"#)
        #expect(
          try Self.receive(clients[1], lines: 7)
            == [
              "*3", "$7", "message", "$11", "recommender", "$\(Self.payload.utf8.count)",
              Self.payload,
            ])
        #expect(
          try Self.receive(clients[2], lines: 9)
            == [
              ">4", "$8", "pmessage", "$4", "rec*", "$11", "recommender",
              "$\(Self.payload.utf8.count)", Self.payload,
            ])
        #expect(try Self.receive(clients[2], lines: 9)[4] == "recommende?")
        // In version 3, replies and messages share a connection.
        try clients[2].send(Self.array("PREDICT", "1", "10"))
        #expect(try Self.receive(clients[2], lines: 1)[0].hasPrefix(","))
        // A client without a subscription hears nothing, and a notified client asks the new version.
        #expect(
          try ClientCommandTests.say(clients[3], "PREDICT 1 10").contains("\"version\":2"))
        let info = try ClientCommandTests.say(clients[3], "INFO clients stats")
        #expect(info.contains("\"pubsub_clients\":3") && info.contains("\"pubsub_channels\":1"))
        #expect(info.contains("\"pubsub_patterns\":3"))
        #expect(
          try ClientCommandTests.say(clients[3], "PUBSUB CHANNELS") == #"["recommender"]"#)
        #expect(try ClientCommandTests.say(clients[3], "PUBSUB CHANNELS x*") == "[]")
        #expect(
          try ClientCommandTests.say(clients[3], "PUBSUB NUMSUB recommender x")
            == #"["recommender",2,"x",0]"#)
        #expect(try ClientCommandTests.say(clients[3], "PUBSUB NUMPAT") == "3")
        let lines = try ClientCommandTests.list(clients[3], " TYPE pubsub")
        #expect(lines.map { $0["flags"] } == ["P", "P", "P"])
        #expect(
          lines.map { "\($0["sub"] ?? "") \($0["psub"] ?? "")" }.sorted() == ["0 3", "1 0", "1 0"])
        // A name under which nothing is in service any more.
        running.server.noteSwap(of: "recommender", to: nil)
        #expect(
          try clients[0].receiveLine()
            == #"["message","recommender",{"model":"recommender","version":null}]"#)
      }
    }
  }

  @Test func inVersion2LittleMayBeSaidMeanwhile() async throws {
    try await TestServer.run { running in
      try await onThread {
        let client = try running.connect()
        func say(_ request: String) throws -> String {
          try ClientCommandTests.say(client, request)
        }
        // The answer is cached from now on, but not returned to a client that may not ask.
        #expect(try say("PREDICT 1 10").contains("prediction"))
        #expect(try say("PREDICT 1 10").contains("prediction"))
        #expect(try say("SUBSCRIBE recommender").contains("subscribe"))
        for request in ["PREDICT 1 10", "INFO", "MULTI", "CLIENT ID", "PUBSUB NUMPAT"] {
          #expect(
            try say(request).contains(
              "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed"),
            "\(request)")
        }
        #expect(try say("PING") == #"["pong",""]"#)
        #expect(try say("PSUBSCRIBE *") == #"["psubscribe","*",2]"#)
        #expect(try say("PSUBSCRIBE *") == #"["psubscribe","*",2]"#)
        #expect(try say("UNSUBSCRIBE nothing") == #"["unsubscribe","nothing",2]"#)
        #expect(try say("UNSUBSCRIBE") == #"["unsubscribe","recommender",1]"#)
        #expect(try say("UNSUBSCRIBE") == #"["unsubscribe",null,1]"#)
        #expect(try say("PUNSUBSCRIBE") == #"["punsubscribe","*",0]"#)
        #expect(try say("PREDICT 1 10").contains("prediction"))
        #expect(try say("PUNSUBSCRIBE") == #"["punsubscribe",null,0]"#)
        // RESET ends subscriptions, too.
        #expect(try say("SUBSCRIBE recommender").contains("subscribe"))
        #expect(try say("RESET") == "\"RESET\"")
        #expect(try say("PREDICT 1 10").contains("prediction"))
        #expect(try say("PUBSUB NUMSUB recommender") == #"["recommender",0]"#)
        running.server.noteSwap(of: "recommender", to: Self.facts(2))
        #expect(try say("ECHO nothing-came") == "\"nothing-came\"")
        // A client that leaves is no longer counted.
        do {
          let other = try running.connect()
          _ = try ClientCommandTests.say(other, "SUBSCRIBE recommender")
          #expect(try say("INFO clients").contains("\"pubsub_clients\":1"))
          #expect(try ClientCommandTests.say(other, "QUIT") == "\"OK\"")
          #expect(try other.receiveLine() == nil)
        }
        #expect(try waitFor { try say("INFO clients").contains("\"pubsub_clients\":0") })
      }
    }
  }

  @Test func whatCanNotBeSubscribedToIsRefused() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    for (request, words) in [
      ("SUBSCRIBE recomender", "Did you mean recommender?"),
      ("SUBSCRIBE recommender x", "no model 'x' is served here"),
      ("SUBSCRIBE \(String(repeating: "x", count: 257))", "longer than 256 bytes"),
      ("PSUBSCRIBE \((0..<65).map { "p\($0)" }.joined(separator: " "))", "at most 64"),
      ("PUBSUB SHARDCHANNELS", "PUBSUB takes CHANNELS, NUMSUB, NUMPAT"),
    ] {
      #expect(conversation.answer(request + "\n").contains(words), "\(request)")
      #expect(conversation.answer("PUBSUB NUMPAT\n") == "0\n")
    }
    // If one of several names is refused, none is subscribed to.
    #expect(conversation.answer("PREDICT 1 10\n").contains("prediction"))
    for command in ["SUBSCRIBE recommender", "PSUBSCRIBE *", "UNSUBSCRIBE", "SHUTDOWN"] {
      #expect(conversation.answer("MULTI\n") == "\"OK\"\n")
      #expect(conversation.answer(command + "\n").contains("is not allowed in transactions"))
      #expect(conversation.answer("EXEC\n").contains("EXECABORT"))
    }
  }

  /// A list is answered as a whole; messages sent meanwhile come after it.
  @Test func aMessageNeverStandsWithinAList() async throws {
    let gate = Gate()
    try await TestServer.run(
      asking: try TestServer.served(Catalogue.contents()),
      commands: SlowRequestTests.commands(gate)
    ) { running in
      let client = try await onThread {
        let client = try running.connect()
        try Self.speakVersion3(client)
        try client.send(Self.array("SUBSCRIBE", "recommender"))
        _ = try Self.receive(client, lines: 6)
        for request in [["MULTI"], ["PING"], ["SLOW", "DATA", "a"], ["PING"]] {
          try client.send(Self.array(request))
          _ = try Self.receive(client, lines: 1)
        }
        try client.send(Self.array("EXEC"))
        #expect(try Self.receive(client, lines: 2) == ["*3", "+PONG"])
        gate.waitForArrival()
        return client
      }
      running.server.noteSwap(of: "recommender", to: Self.facts(2))
      // Its event loop has been notified once it answers another client.
      _ = try await onThread {
        for _ in 0..<8 { _ = try ClientCommandTests.say(running.connect(), "PING") }
      }
      gate.open()
      try await onThread {
        let lines = try Self.receive(client, lines: 5)
        #expect(lines == [":1", "+PONG", ">3", "$7", "message"])
      }
    }
  }

  /// A client with many unread answers gets the message after them, and does not count as one that does not read.
  @Test func aMessageWaitsUntilAnswersAreRead() async throws {
    var limits = ServerLimits()
    limits.unreadBytes = 4096
    limits.unreadTime = .seconds(3600)
    try await TestServer.run(limits: limits, threadCount: 1) { running in
      let (client, other) = try await onThread {
        let client = try running.connect(over: running.unix, receiveBuffer: 4096)
        try Self.speakVersion3(client)
        #expect(try ClientCommandTests.say(client, "SUBSCRIBE recommender").contains("subscribe"))
        try client.send(String(repeating: "RECOMMEND 1 COUNT 6\n", count: 6000))
        let other = try running.connect()
        let isUnread = try waitFor {
          let unsent = try ClientCommandTests.list(other, " TYPE pubsub")[0]["omem"] ?? ""
          return Int(unsent) ?? 0 >= 4096
        }
        #expect(isUnread)
        return (client, other)
      }
      running.server.noteSwap(of: "recommender", to: Self.facts(2))
      try await onThread {
        // The only event loop has reached the message once it answers another client.
        _ = try ClientCommandTests.say(other, "PING")
        var messages: [String] = []
        for _ in 0...6000 {
          let line = try #require(try client.receiveLine())
          if line.hasPrefix("[\"message\"") { messages.append(line) }
        }
        #expect(messages == [#"["message","recommender",\#(Self.payload)]"#])
        #expect(try ClientCommandTests.say(client, "PING") == "\"PONG\"")
      }
      #expect(try await running.count("dropped_connections") == 0)
    }
  }

  /// The maximum number of subscriptions per connection, all of which may match one name. Their memory counts as the
  /// client's.
  @Test func allOfAsManySubscriptionsAsMayBeAreTold() async throws {
    try await TestServer.run(threadCount: 1) { running in
      let client = try await onThread {
        let (client, other) = (try running.connect(), try running.connect())
        let patterns = (1...64).map { String(repeating: "*", count: $0) }
        try client.send("PSUBSCRIBE \(patterns.joined(separator: " "))\nSUBSCRIBE recommender\n")
        for _ in 0..<65 { #expect(try client.receiveLine()?.contains("subscribe") == true) }
        let line = try ClientCommandTests.list(other, " TYPE pubsub")[0]
        let byteCount = try #require(line["tot-mem"].flatMap { Int($0) })
        // Twice the stars, 64 bytes for each string, and the channel.
        #expect(byteCount >= 2 * (64 * 65 / 2 + 64 * 64) + 75)
        #expect(line["argv-mem"] == "0")
        return client
      }
      running.server.noteSwap(of: "recommender", to: Self.facts(2))
      try await onThread {
        for _ in 0..<65 {
          let line = try client.receiveLine()
          #expect(line?.contains(Self.payload) == true)
        }
        #expect(try ClientCommandTests.say(client, "RESET") == "\"RESET\"")
        let held = try ClientCommandTests.list(client).compactMap {
          $0["tot-mem"].flatMap { Int($0) }
        }
        #expect(!held.isEmpty && held.allSatisfy { $0 < 4096 }, "\(held)")
      }
    }
  }

  /// The messages that wait for a list to be answered are limited.
  @Test func noMoreWaitsBehindAListThanMay() async throws {
    let gate = Gate()
    var limits = ServerLimits()
    limits.unreadBytes = 4096
    try await TestServer.run(
      asking: try TestServer.served(Catalogue.contents()),
      commands: SlowRequestTests.commands(gate), limits: limits, threadCount: 1
    ) { running in
      let client = try await onThread {
        let client = try running.connect()
        try Self.speakVersion3(client)
        #expect(try ClientCommandTests.say(client, "SUBSCRIBE recommender").contains("subscribe"))
        try client.send("MULTI\nSLOW DATA a\nEXEC\n")
        gate.waitForArrival()
        return client
      }
      let long = ModelFacts(
        name: "recommender", version: 2, kind: String(repeating: "x", count: 10_000),
        createdAt: "2026-01-01T00:00:00Z")
      running.server.noteSwap(of: "recommender", to: long)
      #expect(try await running.count("dropped_connections") == 0)
      running.server.noteSwap(of: "recommender", to: long)
      var dropped = 0
      let isDropped = try await waitFor {
        dropped = try await running.count("dropped_connections")
        return dropped > 0
      }
      gate.open()
      #expect(isDropped && dropped == 1)
      #expect(running.log.all.contains { $0.contains("that waits too long for a list of answers") })
      withExtendedLifetime(client) {}
    }
  }

  /// The messages that a subscriber does not read are limited.
  @Test func whoDoesNotReadIsDisconnected() async throws {
    var limits = ServerLimits()
    limits.unreadBytes = 4096
    limits.unreadTime = .seconds(3600)
    try await TestServer.run(limits: limits) { running in
      let client = try await onThread {
        let client = try running.connect(receiveBuffer: 4096)
        #expect(try ClientCommandTests.say(client, "SUBSCRIBE recommender").contains("subscribe"))
        return client
      }
      let long = ModelFacts(
        name: "recommender", version: 2, kind: String(repeating: "x", count: 10_000),
        createdAt: "2026-01-01T00:00:00Z")
      var isDropped = false
      for _ in 0..<2000 where !isDropped {
        for _ in 0..<50 { running.server.noteSwap(of: "recommender", to: long) }
        isDropped = try await running.count("dropped_connections") == 1
      }
      #expect(isDropped)
      #expect(
        running.log.all.contains { $0.contains("disconnecting a subscriber that does not read") })
      let pending = try await onThread {
        (try? client.receiveAll().count) ?? 0
      }
      #expect(pending < 8 << 20)
    }
  }

  /// More subscribers than are notified at once.
  @Test func manyAreTold() async throws {
    try await TestServer.run(threadCount: 2) { running in
      let clients = try await onThread {
        let clients = try (0..<300).map { _ in try running.connect() }
        for client in clients {
          #expect(try ClientCommandTests.say(client, "PSUBSCRIBE *").contains("psubscribe"))
        }
        return clients
      }
      running.server.noteSwap(of: "recommender", to: Self.facts(2))
      try await onThread {
        for client in clients {
          let line = try client.receiveLine()
          #expect(line?.contains("pmessage") == true)
        }
      }
    }
  }
}

/// The command SHUTDOWN.
struct ShutdownCommandTests {
  @Test(arguments: ["SHUTDOWN", "shutdown nosave", "SHUTDOWN NOW FORCE", "SHUTDOWN SAVE"])
  func theEndOfTheConnectionIsItsReply(_ request: String) async throws {
    try await TestServer.run { running in
      try await running.talk { client in
        for wrong in ["SAVE NOSAVE", "LATER", "NOW NOW", "NOW ABORT"] {
          #expect(try ClientCommandTests.say(client, "SHUTDOWN \(wrong)").contains("syntax error"))
        }
        #expect(
          try ClientCommandTests.say(client, "SHUTDOWN ABORT").contains("No shutdown in progress"))
        try client.send("ECHO before\n\(request)\nECHO behind\n")
        #expect(try client.receiveLine() == "\"before\"")
        #expect(try client.receiveLine() == nil)
      }
      await running.server.waitForShutdown()
      #expect(running.log.all.contains("info: SHUTDOWN: stopping, as a client asked"))
    }
  }
}
