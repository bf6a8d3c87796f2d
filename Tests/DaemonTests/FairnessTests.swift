import Daemon
import Foundation
import NIOCore
import Synchronization
import TestEnvironment
import Testing

/// One client's requests do not keep others waiting. `latent-bench fairness` measures how long they wait.
struct FairnessTests {
  /// A turn ends by the clock, whatever the requests.
  @Test(arguments: [
    "PING\n", "COMMAND DOCS\n", "PREDICT 1 20\n", "nonsense\n", "ECHO \"\n", "\n", "*0\r\n",
  ])
  func aTurnEndsByTheClock(_ request: String) throws {
    let time = Mutex(Int64(0))
    // Each reading of the clock advances it by 10 microseconds.
    let clock = LoopClock {
      time.withLock { time in
        time += 10_000
        return .uptimeNanoseconds(UInt64(time))
      }
    }
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0", clock: clock)
    var input = ByteBuffer(string: String(repeating: request, count: 40_000))
    var turns = 0
    while input.readableBytes > 0, turns < 40 {
      let before = input.readableBytes
      let began = time.withLock { $0 }
      var output = ByteBuffer()
      var turn = Turn(clock: clock)
      guard case .turnIsOver = conversation.answer(&input, into: &output, within: &turn) else {
        break
      }
      turns += 1
      // At most one more request, with two readings, was answered after the turn's end.
      #expect(time.withLock { $0 } - began <= Turn.time.nanoseconds + 40_000)
      #expect(input.readableBytes < before)
    }
    #expect(turns >= 3)
  }

  /// A turn does not write without limit either.
  @Test func aTurnEndsWithEnoughToSend() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    var input = ByteBuffer(string: "ECHO \(String(repeating: "x", count: 60_000))\n")
    let two = input
    input.writeImmutableBuffer(two)
    input.writeImmutableBuffer(two)
    var output = ByteBuffer()
    guard case .turnIsOver = conversation.answer(&input, into: &output) else {
      Issue.record("120,000 bytes of answers do not end a turn")
      return
    }
    #expect(output.readableBytes < 130_000)
  }

  @Test func whoHasLittleToAskGoesFirstAndNobodyStarves() {
    var queue = TurnQueue<String>()
    #expect(queue.isEmpty && queue.next() == nil)
    queue.add("flood 1", .heavy)
    queue.add("flood 2", .heavy)
    for number in 0..<100 { queue.add("short \(number)", .light) }
    #expect(queue.count == 102)
    let first = (0..<64).map { _ in queue.next() }
    #expect(first == (0..<64).map { "short \($0)" })
    #expect(queue.next() == "flood 1")
    #expect((64..<100).allSatisfy { queue.next() == "short \($0)" })
    #expect(queue.next() == "flood 2")
    #expect(queue.isEmpty && queue.next() == nil)
  }

  /// A client that keeps a loop busy for less than a sixteenth of the time counts as light.
  @Test func creditGoesWithWorkAndComesWithTime() {
    var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    var credit = WorkCredit(at: now)
    for _ in 0..<1000 {
      now = now + .microseconds(1000)
      #expect(!credit.isUsedUp(at: now))
      credit.charge(.microseconds(60), at: now)
    }
    for _ in 0..<1000 {
      now = now + .microseconds(1000)
      credit.charge(.microseconds(70), at: now)
    }
    #expect(credit.isUsedUp(at: now))
    now = now + .milliseconds(40)
    #expect(!credit.isUsedUp(at: now))
    // However much work was done, it is forgotten eventually.
    credit.charge(.seconds(1000), at: now)
    #expect(credit.isUsedUp(at: now + .milliseconds(31)))
    #expect(!credit.isUsedUp(at: now + .milliseconds(33)))
    #expect(credit.isUsedUp(at: now) == credit.isUsedUp(at: now - .seconds(1)))
  }

  /// The loop checks for new input between two turns of a client.
  @Test func anotherClientIsAnsweredInTheMidstOfAFlood() async throws {
    let floodCount = 4000
    let model = ScriptedModel { _ in
      let end = NIODeadline.now() + .microseconds(100)
      while .now() < end {}
    }
    var limits = ServerLimits()
    limits.cacheBytes = 0
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: limits, threadCount: 1
    ) { running in
      try await onThread {
        let other = try running.connect()
        try other.send("PING\n")
        #expect(try other.receiveLine() == "\"PONG\"")
        let flood = try running.connect()
        try flood.send((0..<floodCount).map { "ASK \($0)\n" }.joined())
        #expect(try flood.receiveLine() == "\"0 by 1\"")
        try other.send("INFO stats\n")
        let counts = try #require(try other.receiveLine())
        let stats = try JSONSerialization.jsonObject(with: Data(counts.utf8)) as? [String: Any]
        let count = (stats?["stats"] as? [String: Any])?["total_commands_processed"] as? Int
        let processed = try #require(count)
        #expect(processed < floodCount)
        for number in 1..<floodCount {
          guard try flood.receiveLine() == "\"\(number) by 1\"" else {
            Issue.record("reply \(number) is missing or out of order")
            return
          }
        }
      }
    }
  }

  /// A slow answer delays only its own client, which gets all answers in order.
  @Test func anAnswerThatTakesLongIsComputedElsewhere() async throws {
    let gate = Gate()
    let model = ScriptedModel { if $0 == "slow" { gate.wait() } }
    var limits = ServerLimits()
    limits.answerThreads = 1
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: limits, threadCount: 1
    ) { running in
      try await onThread {
        let patient = try running.connect()
        try patient.send("ASK slow\nPING first\nASK quick\nPING second\n")
        gate.waitForArrival()
        let other = try running.connect()
        for _ in 0..<3 {
          try other.send("PING\n")
          #expect(try other.receiveLine() == "\"PONG\"")
        }
        gate.open()
        for answer in ["slow by 1", "first", "quick by 1", "second"] {
          #expect(try patient.receiveLine() == "\"\(answer)\"")
        }
      }
    }
  }

  /// A client that has asked for much by HTTP waits for lighter clients, as any client does.
  @Test func whoHasAskedForMuchByHTTPWaitsBehindOthers() async throws {
    let gate = Gate()
    let asked = Mutex<[String]>([])
    let model = ScriptedModel { user in
      asked.withLock { $0.append(user) }
      if user == "hold" { gate.wait() }
      if user == "much" { Self.compute(for: 5_000_000) }
    }
    // The clock stands still until the server ends, so that no work is forgotten.
    let start = NIODeadline.now()
    let isRunning = Mutex(false)
    let clock = LoopClock { isRunning.withLock { $0 } ? .now() : start }
    var limits = ServerLimits()
    limits.answerThreads = 1
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: limits, threadCount: 1,
      clock: clock
    ) { running in
      defer { isRunning.withLock { $0 = true } }
      try await onThread {
        let flood = HTTPClient(try running.connect(over: running.http))
        #expect(try flood.ask("/api/ask?user=much").status == 200)
        let (holding, other) = (try running.connect(), try running.connect())
        // The answer shows that it is accepted; from here on the loop sees what it sends.
        let light = try running.connect()
        try light.send("PING\n")
        #expect(try light.receiveLine() == "\"PONG\"")
        try holding.send("ASK hold\n")
        gate.waitForArrival()
        func waitForTheLoop() throws {
          // Twice, because the first time the loop may have looked at this client first.
          for _ in 0..<2 {
            try other.send("PING\n")
            #expect(try other.receiveLine() == "\"PONG\"")
          }
        }
        try other.send("PING\n")
        #expect(try other.receiveLine() == "\"PONG\"")
        try flood.socket.send("GET /api/ask?user=more HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try waitForTheLoop()
        try light.send("ASK light\n")
        try waitForTheLoop()
        gate.open()
        #expect(try light.receiveLine() == "\"light by 1\"")
        #expect(try flood.answer().status == 200)
      }
    }
    #expect(asked.withLock { $0 } == ["much", "hold", "light", "more"])
  }

  /// Uses the given amount of CPU time, in nanoseconds.
  private static func compute(for nanoseconds: Int) {
    func used() -> Int {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
    let end = used() + nanoseconds
    while used() < end {}
  }

  /// A client that waits for an answer for longer than the idle timeout is not idle.
  @Test func waitingForAnAnswerIsNotIdling() async throws {
    let gate = Gate()
    let model = ScriptedModel { if $0 == "slow" { gate.wait() } }
    var limits = ServerLimits()
    limits.idleTime = .seconds(2)
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: limits, threadCount: 1
    ) { running in
      try await onThread {
        let patient = try running.connect()
        try patient.send("ASK slow\n")
        gate.waitForArrival()
        // Another client is silent for as long and is disconnected.
        let silent = try running.connect()
        try silent.send("*1\r\n$4\r\nPING\r\n")
        #expect(try silent.receiveAll() == Array("+PONG\r\n".utf8))
        gate.open()
        #expect(try patient.receiveLine() == "\"slow by 1\"")
        try patient.send("PING\n")
        #expect(try patient.receiveLine() == "\"PONG\"")
      }
    }
  }

  /// Answers are not computed for clients that are gone.
  @Test func whatNobodyWaitsForAnyMoreIsNotComputed() async throws {
    let gate = Gate()
    let asked = Mutex<[String]>([])
    let model = ScriptedModel { user in
      asked.withLock { $0.append(user) }
      if user == "slow" { gate.wait() }
    }
    var limits = ServerLimits()
    limits.answerThreads = 1
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: limits
    ) { running in
      try await onThread {
        let patient = try running.connect()
        try patient.send("ASK slow\n")
        gate.waitForArrival()
        do {
          let impatient = try running.connect()
          try impatient.send("PING\nASK gone\n")
          #expect(try impatient.receiveLine() == "\"PONG\"")
          // A client that only closes its side may still want its answers.
          impatient.resetOnceGone()
        }
        // Wait until the server has noticed that it is gone.
        let other = try running.connect()
        let isGone = try waitFor {
          try other.send("INFO clients\n")
          return try other.receiveLine()?.contains("\"connected_clients\":2,") == true
        }
        try #require(isGone)
        gate.open()
        #expect(try patient.receiveLine() == "\"slow by 1\"")
        try other.send("ASK last\n")
        #expect(try other.receiveLine() == "\"last by 1\"")
      }
    }
    #expect(asked.withLock { $0 } == ["slow", "last"])
  }

  /// However long the transaction takes, and whichever versions go into service meanwhile.
  @Test func aTransactionIsAnsweredByOneVersion() async throws {
    let gate = Gate()
    let first = ScriptedModel { if $0 == "slow" { gate.wait() } }
    try await TestServer.run(asking: first.served, commands: ScriptedModel.commands()) { running in
      let client = try await running.talk { client in
        try client.send("MULTI\nASK slow\nASK a\nASK b\nEXEC\nASK b\n")
        for line in ["OK", "QUEUED", "QUEUED", "QUEUED"] {
          #expect(try client.receiveLine() == "\"\(line)\"")
        }
        gate.waitForArrival()
        return client
      }
      try await running.server.serve(ScriptedModel(version: 2).served)
      gate.open()
      let lines = try await onThread { [try client.receiveLine(), try client.receiveLine()] }
      #expect(lines == [#"["slow by 1","a by 1","b by 1"]"#, "\"b by 2\""])
    }
  }
}
