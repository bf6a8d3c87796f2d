import Daemon
import Foundation
import LineProtocol
import TestEnvironment
import Testing

/// Slow requests delay no other client, and have a time limit.
struct SlowRequestTests {
  /// Returns the commands of scripted models and SLOW, which waits at `gate`.
  static func commands(_ gate: Gate) -> [DaemonCommand] {
    let source = Argument.choice([Argument.Alternative("DATA", value: "bytes")])
    return ScriptedModel.commands() + [
      DaemonCommand(
        "SLOW", .model, [source], summary: "Takes its time.", complexity: "O(1)", since: "0.1",
        takesData: true,
        answer: .deferring { (_, arguments) throws(ErrorReply) in
          let count = arguments.choice(source).bytes.count
          return .later { (_) throws(ErrorReply) in
            gate.wait()
            return .integer(Int64(count))
          }
        })
    ]
  }

  private static func run(
    _ gate: Gate, _ limits: ServerLimits, _ body: @escaping @Sendable (TestServer) throws -> Void
  ) async throws {
    try await TestServer.run(
      asking: ScriptedModel().served, commands: commands(gate), limits: limits, threadCount: 1
    ) { running in
      do { try await onThread { try body(running) } } catch {
        gate.open()
        throw error
      }
    }
  }

  @Test func lookUpsAreAnsweredMeanwhileAndItsMemoryIsCounted() async throws {
    let gate = Gate()
    try await Self.run(gate, ServerLimits()) { running in
      let patient = try running.connect()
      let data = String(repeating: "x", count: 300_000)
      try patient.send("SLOW DATA \(data)\nPING\n")
      gate.waitForArrival()
      let other = try running.connect()
      for user in 0..<20 {
        try other.send("ASK \(user)\n")
        #expect(try other.receiveLine() == "\"\(user) by 1\"")
      }
      try other.send("INFO clients\n")
      let told = try #require(try other.receiveLine())
      let sections = try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any]
      let memory = (sections?["clients"] as? [String: Any])?["client_memory"] as? Int
      #expect(try #require(memory) >= 300_000)
      gate.open()
      #expect(try patient.receiveLine() == "300000")
      #expect(try patient.receiveLine() == "\"PONG\"")
    }
  }

  @Test func whatFindsNoPlaceIsRefusedAndWhatTakesTooLongIsEnded() async throws {
    let gate = Gate()
    var limits = ServerLimits()
    (limits.slowQueue, limits.slowTime) = (1, .milliseconds(200))
    try await Self.run(gate, limits) { running in
      let (first, second, third) = (
        try running.connect(), try running.connect(), try running.connect()
      )
      try first.send("SLOW DATA a\nPING\n")
      gate.waitForArrival()
      try second.send("SLOW DATA b\n")
      // One is being answered, one waits: there is no place for a third, unless the earlier ones have timed out by now.
      try third.send("SLOW DATA c\nSLOW DATA d\n")
      let refused = try #require(try third.receiveLine())
      #expect(refused.contains("BUSY") || refused.contains("TIMEOUT"))
      for client in [first, second] {
        #expect(try client.receiveLine()?.contains("TIMEOUT") == true)
      }
      #expect(try first.receiveLine() == "\"PONG\"")
      gate.open()
      // A request that timed out is not answered again.
      try second.send("PING\n")
      #expect(try second.receiveLine() == "\"PONG\"")
    }
  }

  /// A request that no one waits for ends by itself, and later ones are answered.
  @Test func whatIsGivenUpHoldsUpNobody() async throws {
    let endless = DaemonCommand(
      "ENDLESS", .model, summary: "Never ends.", complexity: "O(1)", since: "0.1",
      answer: .deferring { (_, _) throws(ErrorReply) in
        .later { (isWanted) throws(ErrorReply) in
          while isWanted() { sched_yield() }
          return .null
        }
      })
    let gate = Gate()
    gate.open()
    var limits = ServerLimits()
    limits.slowTime = .milliseconds(200)
    try await TestServer.run(
      asking: ScriptedModel().served, commands: Self.commands(gate) + [endless], limits: limits
    ) { running in
      try await onThread {
        let clients = try (0..<3).map { _ in try running.connect() }
        for client in clients { try client.send("ENDLESS\n") }
        for client in clients { #expect(try client.receiveLine()?.contains("TIMEOUT") == true) }
        // A request whose client leaves.
        do {
          let gone = try running.connect()
          try gone.send("PING\nENDLESS\n")
          #expect(try gone.receiveLine() == "\"PONG\"")
        }
        // However busy the machine is, one of these finds the thread free.
        let last = try running.connect()
        var answer: String?
        for _ in 0..<100 where answer != "1" {
          try last.send("SLOW DATA x\n")
          answer = try last.receiveLine()
        }
        #expect(answer == "1")
      }
    }
  }

  /// A stopping server waits for slow requests for a while, then answers each that was sent with an error.
  @Test func aStopLeavesNothingSlowWithoutAnAnswer() async throws {
    let gate = Gate()
    var limits = StoppingTests.patientLimits
    (limits.slowTime, limits.slowStopTime) = (.seconds(100), .milliseconds(100))
    try await TestServer.run(
      asking: ScriptedModel().served, commands: Self.commands(gate), limits: limits, threadCount: 1
    ) { running in
      let clients = try await onThread {
        let clients = try (0..<2).map { _ in try running.connect() }
        try clients[0].send("SLOW DATA a\n")
        gate.waitForArrival()
        try clients[1].send("SLOW DATA b\nPING\nSLOW DATA c\nPING 2\n")
        // Once this is answered, the earlier requests have been read.
        let other = try running.connect()
        try other.send("PING\n")
        #expect(try other.receiveLine() == "\"PONG\"")
        return clients
      }
      async let stopped: Void = running.server.stop()
      let texts = try await onThread {
        try clients.map { String(decoding: try $0.receiveAll(), as: UTF8.self) }
      }
      let lines = texts[1].split(separator: "\n")
      #expect(texts[0].contains("TIMEOUT") && texts[0].contains("before the server stops"))
      try #require(lines.count == 4, "\(texts[1])")
      #expect(lines[0].contains("TIMEOUT") && lines[2].contains("before the server stops"))
      #expect(lines[1] == "\"PONG\"" && lines[3] == "\"2\"")
      gate.open()
      try await stopped
    }
  }

  /// While no served model takes data, requests are short.
  @Test func withoutAModelForThemRequestsAreShort() async throws {
    let gate = Gate()
    gate.open()
    let names = ["recommender", "images"]
    let models = ServedModels(names: names).replacing(
      0, by: try TestServer.served(Catalogue.contents()))
    let request = "SLOW DATA \(String(repeating: "x", count: 100_000))\n"
    try await TestServer.run(asking: models, commands: Self.commands(gate)) { running in
      let refused = try await running.talk { client in
        try? client.send(request)
        return try client.receiveLine()
      }
      #expect(refused?.contains("longer than 65536 bytes") == true, "\(refused ?? "")")
      // Also while it is temporarily out of service.
      for model in [ScriptedModel().served, nil] {
        try await running.server.serve(model, at: 1)
        let answer = try await running.talk { client in
          try client.send(request)
          return try client.receiveLine()
        }
        #expect(answer == "100000")
      }
    }
  }

  @Test func whatNobodyWaitsForIsLetGoOf() async throws {
    let gate = Gate()
    try await Self.run(gate, ServerLimits()) { running in
      let patient = try running.connect()
      try patient.send("SLOW DATA a\n")
      gate.waitForArrival()
      do {
        let impatient = try running.connect()
        try impatient.send("PING\nSLOW DATA \(String(repeating: "x", count: 100_000))\n")
        #expect(try impatient.receiveLine() == "\"PONG\"")
        impatient.resetOnceGone()
      }
      let other = try running.connect()
      let isGone = try waitFor {
        try other.send("INFO clients\n")
        return try other.receiveLine()?.contains("\"connected_clients\":2,") == true
      }
      #expect(isGone)
      try other.send("INFO clients\n")
      let told = try #require(try other.receiveLine())
      let memory = try #require(
        told.firstMatch(of: #/"client_memory":(\d+)/#).flatMap { Int($0.1) })
      #expect(memory < 50_000)
      gate.open()
      #expect(try patient.receiveLine() == "1")
    }
  }
}
