import Daemon
import Foundation
import LineProtocol
import TestEnvironment
import Testing

/// The command CLIENT, with connections on several event loops.
struct ClientCommandTests {
  /// Returns the fields of a line of CLIENT LIST.
  static func fields(_ line: some StringProtocol) -> [String: String] {
    Dictionary(
      line.split(separator: " ").map { field in
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
      }, uniquingKeysWith: { $1 })
  }

  /// Returns the lines of CLIENT LIST, as sent to `client`.
  static func list(_ client: SocketClient, _ arguments: String = "") throws -> [[String: String]] {
    try client.send("CLIENT LIST\(arguments)\n")
    let line = try #require(try client.receiveLine())
    let text = try JSONDecoder().decode(String.self, from: Data(line.utf8))
    return text.split(separator: "\n").map(fields)
  }

  static func say(_ client: SocketClient, _ request: String) throws -> String {
    try client.send(request + "\n")
    return try #require(try client.receiveLine())
  }

  @Test func whatConcernsTheConnectionAlone() throws {
    var conversation = Conversation(about: nil, version: "0")
    for (request, reply) in [
      ("CLIENT ID", "1"), ("CLIENT GETNAME", "null"), ("client setname me", "\"OK\""),
      ("CLIENT GETNAME", "\"me\""), ("CLIENT SETINFO lib-name x", "\"OK\""),
      ("CLIENT SETINFO LIB-VER 1.2", "\"OK\""), ("CLIENT NO-TOUCH on", "\"OK\""),
      ("CLIENT NO-EVICT off", "\"OK\""), ("CLIENT SETNAME \"\"", "\"OK\""),
      ("CLIENT GETNAME", "null"),
    ] {
      #expect(conversation.answer(request + "\n") == reply + "\n")
    }
    for (request, code) in [
      ("CLIENT SETNAME \"a b\"", "BAD_ARGUMENT"), ("CLIENT SETNAME \"a\\nid=7\"", "BAD_ARGUMENT"),
      ("CLIENT SETINFO LIB-OTHER x", "BAD_ARGUMENT"), ("CLIENT NO-TOUCH x", "BAD_ARGUMENT"),
      ("CLIENT KILL", "WRONG_ARGUMENT_COUNT"), ("CLIENT PAUSE 1", "UNKNOWN_COMMAND"),
      ("CLIENT LIST TYPE other", "BAD_ARGUMENT"), ("CLIENT LIST ID x", "BAD_ARGUMENT"),
      ("CLIENT LIST TYPE", "BAD_ARGUMENT"), ("CLIENT KILL ID 0", "BAD_ARGUMENT"),
      ("CLIENT KILL SKIPME perhaps", "BAD_ARGUMENT"),
    ] {
      #expect(conversation.answer(request + "\n").contains(code), "\(request)")
    }
  }

  @Test func listHasALineForEachConnectionOfEachEventLoop() async throws {
    try await TestServer.run(threadCount: 3) { running in
      try await onThread {
        let clients = try (0..<9).map { number in
          let client = try running.connect(over: number == 8 ? running.unix : running.tcp)
          #expect(try Self.say(client, "CLIENT SETNAME c\(number)") == "\"OK\"")
          return client
        }
        _ = try Self.say(clients[3], "CLIENT SETINFO LIB-NAME nc")
        _ = try Self.say(clients[3], "PREDICT 1 10")
        try clients[4].send("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n")
        _ = try clients[4].receive(10)
        _ = try Self.say(clients[5], "MULTI")
        _ = try Self.say(clients[5], "PING")
        _ = try Self.say(clients[5], "PING")
        let lines = try Self.list(clients[0])
        #expect(lines.map { $0["name"] ?? "" } == (0..<9).map { "c\($0)" })
        #expect(lines.compactMap { $0["id"].flatMap { Int($0) } } == Array(1...9))
        guard lines.count == 9, case .tcp(_, let port) = running.tcp,
          case .unix(let path) = running.unix
        else { return }
        for line in lines.dropLast() {
          #expect(line["laddr"] == "127.0.0.1:\(port)")
          #expect(line["addr"]?.hasPrefix("127.0.0.1:") == true && line["addr"] != line["laddr"])
          #expect(line["user"] == "default" && line["db"] == "0")
          #expect(Int(line["fd"] ?? "") ?? 0 > 2)
          #expect(Int(line["idle"] ?? "") ?? .max <= Int(line["age"] ?? "") ?? -1)
          // Redis's client libraries look up each of these.
          for field in ["qbuf", "qbuf-free", "obl", "argv-mem", "oll", "omem", "tot-mem", "psub"] {
            #expect(Int(line[field] ?? "") ?? -1 >= 0, "\(field)")
          }
        }
        #expect(Set(lines.compactMap { $0["fd"] }).count == 9)
        #expect(lines[8]["addr"] == path + ":0" && lines[8]["flags"] == "U")
        #expect(lines[0]["cmd"] == "client" && lines[0]["flags"] == "N")
        #expect(lines[3]["cmd"] == "predict" && lines[3]["lib-name"] == "nc")
        #expect(lines[3]["resp"] == "2" && lines[4]["resp"] == "3")
        #expect(lines[5]["multi"] == "2" && lines[5]["flags"] == "x" && lines[0]["multi"] == "-1")
        #expect(Int(lines[5]["multi-mem"] ?? "") ?? 0 > 0)
        #expect(Int(lines[5]["tot-mem"] ?? "") ?? 0 >= Int(lines[5]["multi-mem"] ?? "") ?? .max)
        // An incomplete request is not a command yet, whatever other clients have asked meanwhile.
        try clients[6].send("PI")
        var begun: [String: String] = [:]
        let isBegun = try waitFor {
          begun = try Self.list(clients[0], " ID 7").first ?? [:]
          return begun["qbuf"] == "2"
        }
        #expect(isBegun && begun["cmd"] == "client")
        try clients[6].send("NG\n")
        #expect(try clients[6].receiveLine() == "\"PONG\"")
        // Selects one client, several, and those of a type.
        #expect(try Self.list(clients[0], " ID 2 7 99").compactMap { $0["id"] } == ["2", "7"])
        #expect(try Self.list(clients[0], " TYPE pubsub").isEmpty)
        #expect(try Self.list(clients[0], " TYPE normal").count == 9)
        let own = try Self.say(clients[6], "CLIENT INFO")
        #expect(own.contains("id=7 ") && own.contains(" name=c6 ") && own.hasSuffix("\\n\""))
      }
    }
  }

  @Test func killDisconnectsWhoIsMeant() async throws {
    try await TestServer.run(threadCount: 2) { running in
      try await onThread {
        let killer = try running.connect()
        func client(_ name: String) throws -> SocketClient {
          let client = try running.connect()
          _ = try Self.say(client, "CLIENT SETNAME \(name)")
          return client
        }
        func line(_ name: String) throws -> [String: String] {
          try #require(try Self.list(killer).first { $0["name"] == name })
        }
        let (first, second, third) = (try client("a"), try client("b"), try client("c"))
        let address = try #require(try line("a")["addr"])
        #expect(try Self.say(killer, "CLIENT KILL \(address)") == "\"OK\"")
        #expect(try first.receiveLine() == nil)
        #expect(try Self.say(killer, "CLIENT KILL \(address)").contains("No such client"))
        let identifier = try #require(try line("b")["id"])
        #expect(try Self.say(killer, "CLIENT KILL ID \(identifier) TYPE pubsub") == "0")
        #expect(try Self.say(killer, "CLIENT KILL ID \(identifier)") == "1")
        #expect(try second.receiveLine() == nil)
        #expect(try Self.say(killer, "CLIENT KILL USER nobody") == "0")
        #expect(try Self.say(killer, "CLIENT KILL MAXAGE 1000") == "0")
        let local = try #require(try line("c")["laddr"])
        #expect(try Self.say(killer, "CLIENT KILL LADDR \(local) SKIPME yes") == "1")
        #expect(try third.receiveLine() == nil)
        // A client that kills itself first gets the reply, including the whole list that contains it.
        let asking = try running.connect()
        try asking.send("MULTI\nCLIENT KILL TYPE normal SKIPME no MAXAGE 1000\nPING\nEXEC\n")
        for _ in 0..<3 { _ = try asking.receiveLine() }
        #expect(try asking.receiveLine() == #"[0,"PONG"]"#)
        let number = try Self.say(asking, "CLIENT ID")
        try asking.send("MULTI\nCLIENT KILL ID \(number) SKIPME no\nPING\nEXEC\n")
        for _ in 0..<3 { _ = try asking.receiveLine() }
        #expect(try asking.receiveLine() == #"[1,"PONG"]"#)
        #expect(try asking.receiveLine() == nil)
        try killer.send("CLIENT KILL TYPE normal SKIPME no\nPING\n")
        #expect(try killer.receiveLine() == "1")
        #expect(try killer.receiveLine() == nil)
      }
      #expect(running.log.all.contains("info: CLIENT KILL: disconnected a client"))
    }
  }

  /// More clients than are processed before others get a turn.
  @Test func manyConnectionsAreListedAndKilled() async throws {
    try await TestServer.run(threadCount: 2) { running in
      try await onThread {
        let clients = try (0..<300).map { _ in try running.connect() }
        for client in clients { #expect(try Self.say(client, "PING") == "\"PONG\"") }
        #expect(try Self.list(clients[7]).count == 300)
        #expect(try Self.say(clients[7], "CLIENT KILL TYPE normal") == "299")
        #expect(try Self.list(clients[7]).count == 1)
        #expect(try clients[8].receiveLine() == nil)
      }
    }
  }

  /// Lists being generated take memory, so their number at a time is limited.
  @Test func soManyListsAreMadeAtATime() async throws {
    let gate = Gate()
    var limits = ServerLimits()
    limits.answerThreads = 1
    try await TestServer.run(
      asking: ScriptedModel { _ in gate.wait() }.served, commands: ScriptedModel.commands(),
      limits: limits
    ) { running in
      try await onThread {
        defer { gate.open() }
        // The thread that writes lists is busy until the gate opens.
        let asking = try running.connect()
        try asking.send("ASK 1\n")
        gate.waitForArrival()
        let clients = try (0..<4).map { _ in try running.connect() }
        for client in clients { try client.send("CLIENT LIST\n") }
        let other = try running.connect()
        let areWaiting = try waitFor {
          try Self.say(other, "INFO clients").contains("\"blocked_clients\":5")
        }
        #expect(areWaiting)
        #expect(try Self.say(other, "CLIENT LIST").contains("BUSY"))
        gate.open()
        for client in clients { #expect(try client.receiveLine()?.contains("id=1 ") == true) }
        // Their places are released a moment later.
        #expect(try waitFor { try Self.say(other, "CLIENT LIST").contains("id=1 ") })
      }
    }
  }

  /// In a transaction or pipeline, the list takes its place among the answers.
  @Test func itsAnswerStandsInItsPlace() async throws {
    try await TestServer.run { running in
      try await running.talk { client in
        try client.send("MULTI\nPING\nCLIENT INFO\nPING x\nEXEC\nCLIENT INFO\nECHO last\n")
        for _ in 0..<4 { _ = try client.receiveLine() }
        let list = try #require(try client.receiveLine())
        #expect(list.hasPrefix("[\"PONG\",\"id=1 ") && list.hasSuffix("\\n\",\"x\"]"))
        #expect(try client.receiveLine()?.hasPrefix("\"id=1 ") == true)
        #expect(try client.receiveLine() == "\"last\"")
      }
    }
  }

  /// An exempt client keeps its memory, and others are evicted.
  @Test func whoIsExemptIsNotEvicted() async throws {
    var limits = ServerLimits()
    limits.clientBytes = 1 << 20
    limits.requestBytes = 4 << 20
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        let exempt = try running.connect()
        #expect(try Self.say(exempt, "CLIENT NO-EVICT on") == "\"OK\"")
        let half = [UInt8](repeating: 0x78, count: 1_500_000)
        try exempt.send("*2\r\n$4\r\nECHO\r\n$3000000\r\n")
        try exempt.send(half)
        let usual = try running.connect()
        try usual.send("*2\r\n$4\r\nECHO\r\n$3000000\r\n")
        try? usual.send(half)
        #expect(throws: (any Error).self) {
          guard try usual.receiveLine() != nil else { throw CancellationError() }
        }
        let info = try Self.say(running.connect(), "INFO stats")
        #expect(info.contains("\"evicted_clients\":1"))
        try exempt.send(half + Array("\r\n".utf8))
        #expect(try exempt.receiveLine() == "$3000000\r")
      }
    }
  }

  @Test func othersAreForAdministrators() async throws {
    try await TestServer.runGuarded { running in
      try await onThread {
        let reader = try running.connect()
        #expect(try Self.say(reader, "AUTH reader \"open sesame\"") == "\"OK\"")
        for request in [
          "CLIENT LIST", "CLIENT KILL ID 1", "CLIENT NO-EVICT on", "CONFIG SET timeout 1",
          "SLOWLOG GET", "LATENCY LATEST", "LATENCY RESET", "SHUTDOWN",
        ] {
          #expect(try Self.say(reader, request).contains("NOPERM"), "\(request)")
        }
        #expect(try Self.say(reader, "client list").contains("'client|list' command"))
        #expect(try Self.say(reader, "CLIENT INFO").contains("user=reader"))
        #expect(try Self.say(reader, "CONFIG GET timeout") == "{\"timeout\":\"600\"}")
        let chief = try running.connect()
        #expect(try Self.say(chief, "AUTH chief \"root of all\"") == "\"OK\"")
        #expect(try Self.list(chief).compactMap { $0["user"] } == ["reader", "chief"])
        #expect(
          try Self.say(chief, "CLIENT KILL USER nobody").contains("No such user 'nobody'"))
        #expect(try Self.say(chief, "CLIENT KILL USER reader") == "1")
        #expect(try reader.receiveLine() == nil)
      }
    }
  }
}
