import Daemon
import Foundation
import LineProtocol
import TestEnvironment
import Testing

/// What is slow holds up nobody else, and has an end.
struct SlowRequestTests {
  /// The commands of scripted models and SLOW, which waits at `gate`.
  private static func commands(_ gate: Gate) -> [DaemonCommand] {
    let source = Argument.choice([Argument.Alternative("DATA", value: "bytes")])
    return ScriptedModel.commands() + [
      DaemonCommand(
        "SLOW", .model, [source], summary: "Takes its time.", complexity: "O(1)", since: "0.1",
        takesData: true,
        answer: .deferring { (_, arguments) throws(ErrorReply) in
          let count = arguments.choice(source).bytes.count
          return .later { () throws(ErrorReply) in
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
      // One is answered, one waits: there is no place for a third, or those before were ended by now.
      try third.send("SLOW DATA c\nSLOW DATA d\n")
      let refused = try #require(try third.receiveLine())
      #expect(refused.contains("BUSY") || refused.contains("TIMEOUT"))
      for client in [first, second] {
        #expect(try client.receiveLine()?.contains("TIMEOUT") == true)
      }
      #expect(try first.receiveLine() == "\"PONG\"")
      gate.open()
      // What was ended is not answered again.
      try second.send("PING\n")
      #expect(try second.receiveLine() == "\"PONG\"")
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
      var isGone = false
      for _ in 0..<10_000 where !isGone {
        try other.send("INFO clients\n")
        isGone = try other.receiveLine()?.contains("\"connected_clients\":2,") == true
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
