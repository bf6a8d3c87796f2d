import Daemon
import Foundation
import LineProtocol
import NIOCore
import TestEnvironment
import Testing

/// A server with users, as seen by its clients.
struct GuardedServerTests {
  /// The login of an HTTP request is attributed to its own client, not to the next client of the line protocol.
  @Test func loginsOfHTTPAreTheirOwn() async throws {
    var limits = ServerLimits()
    limits.slowLogTime = .zero
    try await TestServer.runGuarded(limits: limits, threadCount: 1) { running in
      #expect(try await running.get("/metrics").status == 401)
      let right = Data("reader:open sesame".utf8).base64EncodedString()
      #expect(
        try await running.get("/metrics", headers: ["Authorization: Basic \(right)"]).status == 200)
      _ = try await running.talk { try $0.ask("ECHO x\n") }
      let entries = running.server.slowLog.entries.reversed()
      #expect(entries.map(\.command) == ["PING", "ECHO"])
      #expect(entries.map(\.client.name) == ["HTTP", ""])
    }
  }

  /// Password checks are slow by design, and would crowd out requests that are slow but should not be.
  @Test func passwordsAreNotSlow() async throws {
    var limits = ServerLimits()
    limits.slowLogTime = .zero
    limits.latencyTime = .nanoseconds(1)
    try await TestServer.runGuarded(limits: limits, threadCount: 1) { running in
      let answers = try await running.talk {
        try $0.ask("AUTH reader wrong\nHELLO 2 AUTH reader \"open sesame\"\n")
      }
      #expect(answers.contains("WRONGPASS") && answers.contains("proto"), "\(answers)")
      #expect(running.server.slowLog.entries.isEmpty)
      let chief = try await running.talk {
        try $0.ask("AUTH chief \"root of all\"\nLATENCY HISTORY command\nECHO x\n")
      }
      #expect(chief.contains("\"OK\"\n[]\n\"x\"\n"), "\(chief)")
      // Of the requests answered in one turn, the slowest is logged.
      let told = Set(running.server.slowLog.entries.map(\.command))
      #expect(!told.isEmpty && told.isSubset(of: ["LATENCY", "ECHO"]), "\(told)")
    }
  }

  /// The metric counts AUTH, HELLO and HTTP Basic authorization.
  @Test func wrongPasswordsAreAMetric() async throws {
    try await TestServer.runGuarded { running in
      func header(_ credentials: String) -> String {
        "Authorization: Basic \(Data(credentials.utf8).base64EncodedString())"
      }
      _ = try await running.talk {
        try $0.ask("AUTH reader wrong1\nHELLO 2 AUTH reader wrong2\n")
      }
      let refused = try await running.get("/metrics", headers: [header("reader:wrong3")])
      #expect(refused.status == 401)
      let metrics = try await running.get("/metrics", headers: [header("reader:open sesame")])
      #expect(metrics.body.contains("\nlatent_failed_logins_total 3\n"), "\(metrics.body)")
      #expect(metrics.body.contains("\nlatent_limited_logins_total 0\n"))
    }
  }

  @Test func answersWhoSaysThePassword() async throws {
    try await TestServer.runGuarded { running in
      for address in running.server.addresses {
        try await running.talk(over: address) { client in
          for (request, reply) in [
            ("PREDICT 1 20", #"{"error":{"code":"NOAUTH","message":"Authentication required","#),
            ("AUTH reader wrong", #"{"error":{"code":"WRONGPASS","#),
            ("AUTH nobody \"open sesame\"", #"{"error":{"code":"WRONGPASS","#),
            ("AUTH \"open sesame\"", #"{"error":{"code":"WRONGPASS","#),
            ("PREDICT 1 20", #"{"error":{"code":"NOAUTH","#),
            ("AUTH reader \"open sesame\"", "\"OK\""), ("ACL WHOAMI", "\"reader\""),
            ("PREDICT 1 20", #"{"user":1,"#), ("RATE 1 20 5", #"{"error":{"code":"NOPERM","#),
            // A wrong password changes nothing, as in Redis.
            ("AUTH reader wrong", #"{"error":{"code":"WRONGPASS","#), ("PING", "\"PONG\""),
            ("AUTH writer \"let me write\"", "\"OK\""),
            ("RATE 1 20 5", #"{"error":{"code":"UNSUPPORTED","#),
            ("AUTH \"the usual one\"", "\"OK\""), ("ACL WHOAMI", "\"default\""),
            ("RESET", "\"RESET\""), ("PREDICT 1 20", #"{"error":{"code":"NOAUTH","#),
          ] {
            try client.send(request + "\n")
            let line = try client.receiveLine() ?? ""
            #expect(line.hasPrefix(reply), "\(request): \(line)")
          }
        }
      }
      #expect(!running.log.all.contains { $0.contains("sesame") || $0.contains("nobody") })
      #expect(
        running.log.all.contains { $0.hasPrefix("warning: a wrong password from 127.0.0.1") })
    }
  }

  @Test func answersHelloWithThePasswordInTheVersionThatItChooses() async throws {
    try await TestServer.runGuarded { running in
      let requests = [
        ["HELLO", "3"], ["HELLO", "3", "AUTH", "reader", "wrong"], ["PING"],
        ["HELLO", "3", "AUTH", "reader", "open sesame", "SETNAME", "me"], ["CLIENT", "GETNAME"],
      ]
      let answers = try await running.talk {
        try $0.ask(requests.map { SubscriptionTests.array($0) }.joined())
      }
      let parts = answers.components(separatedBy: "\r\n")
      #expect(
        parts[0].hasPrefix("-NOAUTH HELLO must be called with the client already authenticated"))
      #expect(parts[1].hasPrefix("-WRONGPASS invalid username-password pair"))
      #expect(parts[2].hasPrefix("-NOAUTH Authentication required."))
      #expect(parts[3] == "%7")
      #expect(answers.hasSuffix("$2\r\nme\r\n"))
    }
  }

  /// Covers all commands, including future ones: unauthenticated clients get no answer.
  @Test(arguments: DaemonCommand.all.map(\.description))
  func beforeAuthNoCommandIsAnswered(_ command: CommandDescription) async throws {
    try await TestServer.runGuarded { running in
      let isOpen = ["AUTH", "HELLO", "QUIT", "RESET"].contains(command.name)
      #expect((command.role == nil) == isOpen)
      // Another client has had answers, which are cached.
      let requests = (0..<6).map { count in
        ([command.name] + Array(repeating: "1", count: count)).joined(separator: " ") + "\n"
      }
      _ = try await running.talk {
        try $0.ask("AUTH chief \"root of all\"\n" + requests.joined())
      }
      guard !isOpen else { return }
      for request in requests {
        let answer = try await running.talk { try $0.ask(request) }
        #expect(answer.hasPrefix(#"{"error":{"code":"NOAUTH","#), "\(request): \(answer)")
      }
    }
  }

  /// The cache is shared; the first client to ask is one with permission.
  @Test func whatIsKeptIsNotToldToWhoMayNotAsk() async throws {
    try await TestServer.runGuarded(threadCount: 1) { running in
      let request = "RECOMMEND 1 COUNT 2\n"
      for _ in 0..<3 {
        let answer = try await running.talk {
          try $0.ask("AUTH reader \"open sesame\"\n" + request + request + "RESET\n" + request)
        }
        let lines = answer.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[1].hasPrefix(#"{"user":1,"#) && lines[1] == lines[2])
        #expect(lines[4].contains("NOAUTH"))
        #expect(try await running.talk { try $0.ask(request) }.contains("NOAUTH"))
      }
    }
  }

  @Test func queuesNothingForExecThatMayNotBeAsked() async throws {
    try await TestServer.runGuarded { running in
      let answer = try await running.talk {
        try $0.ask(
          "AUTH reader \"open sesame\"\nMULTI\nPING\nRATE 1 20 5\nEXEC\nMULTI\nPING\nEXEC\n")
      }
      let lines = answer.split(separator: "\n").map(String.init)
      #expect(lines.count == 8)
      #expect(lines[3].contains("NOPERM") && lines[4].contains("EXECABORT"))
      #expect(lines[7] == #"["PONG"]"#)
      // AUTH itself may be queued for EXEC, and applies to what follows it.
      let later = try await running.talk {
        try $0.ask(
          "AUTH reader \"open sesame\"\nMULTI\nAUTH writer \"let me write\"\nACL WHOAMI\nEXEC\nACL WHOAMI\n"
        )
      }
      #expect(later.hasSuffix("[\"OK\",\"writer\"]\n\"writer\"\n"))
    }
  }

  @Test func requestsBeforeAuthAreShort() async throws {
    try await TestServer.runGuarded { running in
      for request in [
        "*2\r\n$4\r\nECHO\r\n$50000\r\n", "*1000\r\n", String(repeating: "x", count: 70_000),
        "AUTH reader " + String(repeating: "x", count: 5000) + "\n",
      ] {
        let answer = try await running.talk { client in
          // The server may close the connection before all is sent.
          try? client.send(request)
          return String(decoding: (try? client.receiveAll()) ?? [], as: UTF8.self)
        }
        #expect(answer.contains("REQUEST_TOO_LONG") || answer.isEmpty, "\(answer)")
        #expect(!answer.contains("OK"))
      }
      // After it they may be long, in the same stream.
      let long = String(repeating: "x", count: 60_000)
      let answer = try await running.talk {
        try $0.ask("AUTH reader \"open sesame\"\nECHO \(long)\n")
      }
      #expect(answer == "\"OK\"\n\"\(long)\"\n")
    }
  }

  @Test func whoDoesNotSayWhoTheyAreIsDisconnected() async throws {
    var limits = ServerLimits()
    limits.loginTime = .seconds(2)
    try await TestServer.runGuarded(limits: limits) { running in
      let kept = try await running.talk { client in
        try client.send("AUTH reader \"open sesame\"\n")
        _ = try client.receiveLine()
        return client
      }
      let answer = try await running.talk { client in
        try client.send("PING\n")
        return String(decoding: try client.receiveAll(), as: UTF8.self)
      }
      let lines = answer.split(separator: "\n")
      #expect(lines.first?.contains("NOAUTH") == true)
      #expect(lines.last?.contains(#""code":"IDLE","message":"no password was received"#) == true)
      try await onThread {
        try kept.send("PING\n")
        #expect(try kept.receiveLine() == "\"PONG\"")
      }
    }
  }

  @Test func tooManyOfOneAddressAreRefusedButNotOfTheSocket() async throws {
    var limits = ServerLimits()
    limits.addressConnections = 2
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        var clients = try (0..<2).map { _ in try running.connect() }
        for client in clients {
          try client.send("PING\n")
          #expect(try client.receiveLine() == "\"PONG\"")
        }
        let refused = try running.connect()
        #expect(
          try refused.receiveLine()?.hasPrefix(
            "-TOO_MANY_CONNECTIONS this address has reached its limit of 2 connections") == true)
        let local = try (0..<4).map { _ in try running.connect(over: running.unix) }
        for client in local {
          try client.send("PING\n")
          #expect(try client.receiveLine() == "\"PONG\"")
        }
        try clients.removeFirst().send("QUIT\n")
        #expect(try running.answersAnotherClient())
      }
    }
  }

  @Test func afterTooManyWrongPasswordsNoneIsLookedAt() async throws {
    try await TestServer.runGuarded { running in
      let wrong = (0..<40).map { "AUTH reader wrong\($0)\n" }.joined()
      let answer = try await running.talk { try $0.ask(wrong + "AUTH reader \"open sesame\"\n") }
      let lines = answer.split(separator: "\n")
      #expect(lines.count == 41)
      #expect(lines.first?.contains("WRONGPASS") == true)
      #expect(lines.last?.contains(#""code":"BUSY","message":"too many wrong passwords"#) == true)
      // A client at the socket is not one at that address.
      let other = try await running.talk(over: running.unix) {
        try $0.ask("AUTH reader \"open sesame\"\nINFO access\n")
      }
      let rest = other.split(separator: "\n")
      #expect(rest.first == "\"OK\"")
      let information = try JSONSerialization.jsonObject(with: Data(rest[1].utf8))
      let section = (information as? [String: [String: Any]])?["access"]
      #expect(section?["users"] as? Int == 4)
      #expect(section?["limited_logins"] as? Int ?? 0 > 0)
      #expect(section?["failed_logins"] as? Int ?? 0 >= 20)
      #expect(running.log.all.contains { $0.contains("too many wrong passwords from 127.0.0.1") })
    }
  }

  /// A program's connection pool logs in all at once, before any password has been checked.
  @Test func manyWhoSayTheSameRightPasswordGetIn() async throws {
    try await TestServer.runGuarded { running in
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<100 {
          group.addTask {
            try await running.talk { try $0.ask("AUTH chief \"root of all\"\nPING\n") }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers == Array(repeating: "\"OK\"\n\"PONG\"\n", count: 100))
    }
  }

  /// A password is being checked while the client leaves, and while the server stops.
  @Test func aStopDoesNotWaitForPasswords() async throws {
    try await TestServer.runGuarded { running in
      for _ in 0..<20 {
        let client = try running.connect()
        try client.send("AUTH reader wrong\(UInt64.random(in: 0...(.max)))\n")
        client.resetOnceGone()
      }
      _ = try await running.talk { try $0.ask("AUTH nobody at-all\n") }
    }
  }

  /// Over HTTP the same users have the same permissions.
  @Test func httpIsGuardedByBasicAuthorization() async throws {
    try await TestServer.runGuarded { running in
      func get(_ path: String, as credentials: String?) async throws -> String {
        let header = credentials.map {
          "Authorization: Basic \(Data($0.utf8).base64EncodedString())\r\n"
        }
        return try await running.talk(over: running.http) {
          try $0.ask(
            "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\(header ?? "")\r\n")
        }
      }
      for path in ["/", "/metrics", "/api/recommend?user=1"] {
        let nobody = try await get(path, as: nil)
        #expect(nobody.hasPrefix("HTTP/1.1 401 "), "\(path): \(nobody)")
        #expect(nobody.contains("WWW-Authenticate: Basic realm=\"latent\""))
        #expect(nobody.contains("NOAUTH"))
        let wrong = try await get(path, as: "reader:wrong")
        #expect(wrong.hasPrefix("HTTP/1.1 401 ") && wrong.contains("WRONGPASS"))
        let known = try await get(path, as: "reader:open sesame")
        #expect(!known.hasPrefix("HTTP/1.1 401 "), "\(path): \(known)")
      }
      for path in ["/healthz", "/readyz"] {
        for credentials in [nil, "reader:wrong", "reader:open sesame"] {
          #expect(try await get(path, as: credentials).hasPrefix("HTTP/1.1 200 "))
        }
      }
    }
  }
}
