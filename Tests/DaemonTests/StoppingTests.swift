import Daemon
import Foundation
import NIOCore
import Synchronization
import TestEnvironment
import Testing

/// Requests that the system had received when the server was told to stop are answered.
struct StoppingTests {
  /// Limits with which a stop waits for the test, however slow the machine is.
  static let patientLimits = {
    var limits = ServerLimits()
    limits.stopTime = .seconds(120)
    return limits
  }()

  /// A clock that a test advances.
  final class MovableClock: Sendable {
    private let ahead = Mutex(TimeAmount.zero)
    var clock: LoopClock { LoopClock { [self] in .now() + ahead.withLock { $0 } } }
    func move(_ time: TimeAmount) { ahead.withLock { $0 = $0 + time } }
  }

  /// A stopped server holds no reference to its models.
  @Test func itLetsGoOfItsModels() async throws {
    weak var model: ServedModel?
    do {
      let served = ScriptedModel().served
      model = served
      try await TestServer.run(asking: served, commands: ScriptedModel.commands()) { running in
        let answer = try await running.talk { try $0.ask("ASK 1\n") }
        #expect(answer.contains("1 by 1"))
      }
    }
    // Ending threads release their references a moment later.
    for _ in 0..<1_000_000 where model != nil { await Task.yield() }
    #expect(model == nil)
  }

  /// A busy event loop has not seen what has arrived, so it cannot conclude that nothing has.
  @Test func alsoWhatABusyLoopHasNotRead() async throws {
    let gate = Gate()
    let time = MovableClock()
    try await TestServer.run(
      asking: nil, commands: ScriptedModel.commands(onBlock: { _ = gate.wait() }),
      limits: Self.patientLimits, threadCount: 1, clock: time.clock
    ) { running in
      let clients = try await onThread {
        let clients = try running.server.addresses.map { try running.connect(over: $0) }
        for client in clients {
          try client.send("PING\n")
          #expect(try client.receiveLine() == "\"PONG\"")
        }
        // The only loop answers BLOCK until the gate opens.
        let blocker = try running.connect()
        try blocker.send("BLOCK\n")
        gate.waitForArrival()
        for client in clients { try client.send("PING sent\nPING before\n") }
        return clients + [blocker]
      }
      time.move(.seconds(1))
      async let stopped: Void = running.server.stop()
      // The order to stop waits until the loop is free; its arrival cannot be observed.
      try await Task.sleep(for: .milliseconds(100))
      gate.open()
      for client in clients.dropLast() {
        let answers = try await onThread { try client.receiveAll() }
        #expect(String(decoding: answers, as: UTF8.self) == "\"sent\"\n\"before\"\n")
      }
      let information = try await onThread { try clients[2].receiveAll() }
      #expect(String(decoding: information, as: UTF8.self).contains("scripted"))
      try await stopped
    }
  }

  /// Requests waiting behind a slow answer are answered, too.
  @Test func alsoWhatWaitsBehindALongAnswer() async throws {
    let gate = Gate()
    let model = ScriptedModel { if $0 == "slow" { gate.wait() } }
    let time = MovableClock()
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: Self.patientLimits,
      clock: time.clock
    ) {
      running in
      let client = try await running.talk { client in
        try client.send("ASK slow\nMULTI\nASK quick\nEXEC\n")
        gate.waitForArrival()
        return client
      }
      time.move(.seconds(1))
      async let stopped: Void = running.server.stop()
      // Once no one can connect any more, the server has been told to stop.
      await #expect(throws: SocketClient.Failure.self) {
        while true { try await running.talk { _ in } }
      }
      gate.open()
      let answers = try await onThread { try client.receiveAll() }
      #expect(
        String(decoding: answers, as: UTF8.self)
          == "\"slow by 1\"\n\"OK\"\n\"QUEUED\"\n[\"quick by 1\"]\n")
      try await stopped
    }
  }
}
