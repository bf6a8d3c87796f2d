import Daemon
import Foundation
import LineProtocol
import NIOCore
import TestEnvironment
import Testing

/// SLOWLOG and LATENCY, with replies in Redis's format.
struct SlowLogCommandTests {
  static func list(_ client: SocketClient, _ request: String) throws -> [[Any]] {
    let line = try ClientCommandTests.say(client, request)
    return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [[Any]])
  }

  @Test func getHasEntriesOfSixFields() async throws {
    var limits = ServerLimits()
    limits.slowLogTime = .zero
    try await TestServer.run(limits: limits) { running in
      try await running.talk { client in
        for request in ["CLIENT SETNAME shop", "PREDICT 1 10", "AUTH secret", "ECHO secret"] {
          _ = try ClientCommandTests.say(client, request)
        }
        let entries = try Self.list(client, "SLOWLOG GET")
        #expect(entries.map { $0[0] as? Int } == [3, 2, 1, 0])
        #expect(entries.allSatisfy { $0.count == 6 })
        let words = entries.map { $0[3] as? [String] }
        #expect(words == [["ECHO"], ["AUTH"], ["PREDICT", "1"], ["CLIENT"]])
        let predict = entries[2]
        let second = Double(predict[1] as? Int ?? 0)
        #expect(abs(second - Date().timeIntervalSince1970) < 1000)
        #expect(predict[2] as? Int ?? -1 >= 0)
        #expect((predict[4] as? String)?.hasPrefix("127.0.0.1:") == true)
        #expect(predict[5] as? String == "shop")
        #expect(try Self.list(client, "SLOWLOG GET 2").count == 2)
        #expect(try Self.list(client, "SLOWLOG GET 0").isEmpty)
        for _ in 0..<8 { _ = try ClientCommandTests.say(client, "PING") }
        #expect(try Self.list(client, "SLOWLOG GET").count == 10)
        #expect(try Self.list(client, "SLOWLOG GET -1").count > 10)
        for wrong in ["-2", "x", "1 2"] {
          #expect(try ClientCommandTests.say(client, "SLOWLOG GET \(wrong)").contains("error"))
        }
        #expect(try ClientCommandTests.say(client, "SLOWLOG RESET") == "\"OK\"")
        // RESET itself was logged afterwards.
        #expect(try ClientCommandTests.say(client, "SLOWLOG LEN") == "1")
        // A RESP request gets the reply as Redis writes it.
        try client.send("*3\r\n$7\r\nSLOWLOG\r\n$3\r\nGET\r\n$1\r\n1\r\n")
        #expect(try client.receiveLine() == "*1\r")
        #expect(try client.receiveLine() == "*6\r")
        #expect(try client.receiveLine()?.hasPrefix(":") == true)
      }
    }
  }

  @Test func latencyHistogramsAreOfWhatWasAsked() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0", clock: LoopClock.system)
    #expect(conversation.answer("LATENCY HISTOGRAM\n") == "{}\n")
    #expect(conversation.answer("LATENCY LATEST\n") == "[]\n")
    #expect(conversation.answer("LATENCY HISTORY command\n") == "[]\n")
    #expect(conversation.answer("LATENCY HISTORY fork\n") == "[]\n")
    #expect(conversation.answer("LATENCY RESET fork command\n") == "0\n")
    #expect(conversation.answer("LATENCY RESET\n") == "0\n")
    #expect(conversation.answer("LATENCY DOCTOR\n").contains("Nothing took 100 ms"))
    #expect(conversation.answer("LATENCY GRAPH command\n").contains("UNKNOWN_COMMAND"))
    #expect(conversation.answer("CONFIG SET latency-monitor-threshold 0\n") == "\"OK\"\n")
    #expect(conversation.answer("LATENCY DOCTOR\n").contains("Nothing is recorded"))
  }

  @Test func whatTakesLongIsKept() async throws {
    let gate = Gate()
    var limits = ServerLimits()
    limits.latencyTime = .milliseconds(2)
    try await TestServer.run(
      asking: nil, commands: ScriptedModel.commands(onBlock: { _ = gate.wait() }), limits: limits,
      threadCount: 1
    ) { running in
      try await onThread {
        let client = try running.connect()
        try client.send("BLOCK\n")
        gate.waitForArrival()
        usleep(5000)
        gate.open()
        #expect(try client.receiveLine() == "\"scripted\"")
        let latest = try SlowLogCommandTests.list(client, "LATENCY LATEST")
        let command = try #require(latest.first { $0[0] as? String == "command" })
        let second = Double(command[1] as? Int ?? 0)
        #expect(abs(second - Date().timeIntervalSince1970) < 1000)
        #expect(command[2] as? Int ?? 0 >= 5 && command[3] as? Int ?? 0 >= 5)
        #expect(try SlowLogCommandTests.list(client, "LATENCY HISTORY command").count >= 1)
        let report = try ClientCommandTests.say(client, "LATENCY DOCTOR")
        #expect(report.contains("command: 2 ms or more in ") && report.contains("SLOWLOG GET"))
        let histogram = try ClientCommandTests.say(client, "LATENCY HISTOGRAM block nothing")
        let object = try JSONSerialization.jsonObject(with: Data(histogram.utf8))
        let block = try #require((object as? [String: [String: Any]])?["block"])
        #expect(block["calls"] as? Int == 1)
        #expect((block["histogram_usec"] as? [String: Int])?.values.contains(1) == true)
        let all = try ClientCommandTests.say(client, "LATENCY HISTOGRAM")
        #expect(all.contains("\"latency\":{\"calls\":4,") && !all.contains("predict"))
        #expect(try ClientCommandTests.say(client, "LATENCY RESET model-swap command") != "0")
      }
    }
  }

  @Test func oneSampleASecondIsKeptAndSoManyOfThem() {
    let monitor = LatencyMonitor(threshold: .milliseconds(10))
    func note(_ milliseconds: Int64, at second: Double) {
      monitor.note(
        .command, .milliseconds(milliseconds), at: Date(timeIntervalSince1970: second))
    }
    note(9, at: 1)
    #expect(monitor.all.isEmpty)
    note(20, at: 1)
    note(30, at: 1.5)
    note(15, at: 1.9)
    #expect(monitor.all.first?.history.samples.map(\.milliseconds) == [30])
    for second in 2..<300 { note(12, at: Double(second)) }
    let history = monitor.all.first?.history
    #expect(history?.samples.count == LatencyMonitor.limit && history?.longest == 30)
    #expect(history?.samples.last?.second == 299)
    #expect(monitor.reset([.modelSwap]) == 0 && monitor.reset([.command, .modelSwap]) == 1)
    monitor.threshold = .zero
    note(1000, at: 400)
    #expect(monitor.all.isEmpty && monitor.threshold == .zero)
  }
}
