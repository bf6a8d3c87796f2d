import Daemon
import Foundation
import LineProtocol
import NIOCore
import Synchronization
import TestEnvironment
import Testing

/// The limits on the memory that the server holds for clients, individually and in total.
struct ClientMemoryTests {
  @Test func thoseThatHoldTheMostGoFirst() {
    let gone = Mutex<[Int64]>([])
    let memory = ClientMemory(limit: 1_000_000)
    func change(_ session: Int64, from old: Int, to new: Int) {
      memory.change(session, from: old, to: new) { gone.withLock { $0.append(session) } }
    }
    change(1, from: 0, to: 300_000)
    change(2, from: 0, to: 500_000)
    change(3, from: 0, to: 200_000)
    #expect(memory.byteCount == 1_000_000 && gone.withLock { $0.isEmpty })
    change(4, from: 0, to: 100)
    #expect(gone.withLock { $0 } == [2])
    // It counts until it is closed, and no other client is evicted for it.
    change(1, from: 300_000, to: 310_000)
    #expect(gone.withLock { $0 } == [2])
    change(2, from: 500_000, to: 0)
    #expect(memory.byteCount == 510_100)
    change(3, from: 200_000, to: 700_000)
    #expect(gone.withLock { $0 } == [2, 3])
    for (session, held) in [(Int64(1), 310_000), (3, 700_000), (4, 100)] {
      change(session, from: held, to: 0)
    }
    #expect(memory.byteCount == 0)
  }

  /// A client that released its memory before it was evicted is not waited for.
  @Test func thoseThatHoldLittleAgainStay() {
    let gone = Mutex<[Int64]>([])
    let memory = ClientMemory(limit: 1_000_000)
    func change(_ session: Int64, from old: Int, to new: Int) {
      memory.change(session, from: old, to: new) { gone.withLock { $0.append(session) } }
    }
    for session in Int64(1)...20 {
      change(session, from: 0, to: 1_400_000)
      change(session, from: 1_400_000, to: 16_000)
      change(session, from: 16_000, to: 0)
    }
    #expect(gone.withLock { $0 } == Array(1...20))
    change(21, from: 0, to: 1_000_001)
    #expect(gone.withLock { $0.last } == 21)
  }

  /// Lowering the limit evicts the clients with the most memory at once.
  @Test func aLowerLimitHoldsAtOnce() {
    let gone = Mutex<[Int64]>([])
    let memory = ClientMemory(limit: 1_000_000)
    for session in Int64(1)...3 {
      memory.change(session, from: 0, to: Int(session) * 100_000) {
        gone.withLock { $0.append(session) }
      }
    }
    memory.limit = 600_000
    #expect(gone.withLock { $0.isEmpty })
    memory.limit = 250_000
    #expect(gone.withLock { $0 } == [3, 2])
    // They count until they are closed, and no other client is evicted for them.
    memory.limit = 250_000
    #expect(gone.withLock { $0 } == [3, 2])
  }

  func clientMemory(_ running: TestServer) async throws -> Int {
    let answer = try await running.talk { try $0.ask("INFO clients\n") }
    let sections = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
    return try #require((sections?["clients"] as? [String: Any])?["client_memory"] as? Int)
  }

  /// Unread answers count with their allocated memory, here twice their length, because buffer sizes are powers of two.
  @Test func unreadAnswersCountByTheMemoryThatTheyTake() async throws {
    let answer = String(repeating: "x", count: 33_000)
    let big = DaemonCommand(
      "BIG", .server, summary: "Much.", complexity: "O(1)", since: "0.1",
      answer: .server { (_, _) throws(ErrorReply) in .text(answer) })
    try await TestServer.run(asking: nil, commands: DaemonCommand.all + [big], threadCount: 1) {
      running in
      let client = try await running.talk(receiveBuffer: 4096) { client in
        try client.send(String(repeating: "BIG\n", count: 400))
        return client
      }
      #expect(try await waitFor { try await clientMemory(running) >= 1_900_000 })
      withExtendedLifetime(client) {}
    }
  }

  /// A request that never ends, or is empty, takes no more memory than one of the maximum length.
  @Test(arguments: [
    String(repeating: " ", count: 60_000) + "\n", "\n", "*0\r\n",
    "*2\r\n$4\r\nECHO\r\n$60000\r\n" + String(repeating: "x", count: 60_000) + "\r\n",
  ])
  func inputHoldsNoMoreThanARequestAndARead(_ piece: String) async throws {
    var limits = ServerLimits()
    limits.unreadBytes = 65_536
    // The pieces do not divide a read evenly, so nearly every read ends within a request.
    let pieces = Array(String(repeating: piece, count: 1 + 100_000 / piece.utf8.count).utf8)
    try await TestServer.run(limits: limits) { running in
      let client = try await onThread { try running.connect() }
      for _ in 0..<20 {
        for _ in 0..<10 {
          // Answers are not read. With enough of them unread, no more input is accepted, which is a bound too.
          guard (try? client.sendWithoutWaiting(pieces)) == true else { break }
        }
        #expect(try await clientMemory(running) < 1 << 20)
      }
    }
  }

  /// A client that does not read is evicted once the total is too high, which frees its memory; others stay.
  @Test func whoDoesNotReadGoesWhenAllHoldTooMuch() async throws {
    var limits = ServerLimits()
    limits.unreadBytes = 1 << 20
    limits.clientBytes = 3 << 20
    try await TestServer.run(limits: limits) { running in
      let reader = try await onThread { try running.connect() }
      let clients = try await onThread {
        try (0..<8).map { _ in
          let client = try running.connect(over: running.unix, receiveBuffer: 4096)
          let requests = Array(String(repeating: "RECOMMEND 1 COUNT 6\n", count: 1000).utf8)
          for _ in 0..<40 {
            guard (try? client.sendWithoutWaiting(requests)) == true else { break }
          }
          return client
        }
      }
      #expect(try await waitFor { try await running.count("dropped_connections") >= 4 })
      // A client that is disconnected counts as dropped before its memory is free.
      let limit = limits.clientBytes
      #expect(try await waitFor { try await clientMemory(running) <= limit })
      #expect(running.log.all.contains { $0.contains("clients together exceed the limit") })
      #expect(try await running.count("evicted_clients") >= 4)
      try await onThread {
        try reader.send("PING\n")
        #expect(try reader.receiveLine() == "\"PONG\"")
      }
      withExtendedLifetime(clients) {}
    }
  }

  /// A long request that was answered is not kept either while its client is silent.
  @Test func aLongRequestThatWasAnsweredIsHeldNoLonger() throws {
    var parser = RequestParser()
    var input = ByteBuffer(string: "ECHO \(String(repeating: "x", count: 60_000))\n")
    #expect(parser.next(from: &input) == .request)
    #expect(parser.request.memoryByteCount >= 60_000)
    #expect(parser.next(from: &input) == .incomplete)
    parser.releaseRequest()
    #expect(parser.request.memoryByteCount < 8192)
  }

  /// Answers that are read late are released, whether or not anything more is asked.
  @Test func whatIsReadLateIsHeldNoLonger() async throws {
    try await TestServer.run { running in
      let requests = String(repeating: "RECOMMEND 1 COUNT 6\n", count: 6000)
      let client = try await running.talk(over: running.unix, receiveBuffer: 4096) { client in
        try client.send(requests)
        #expect(try client.receiveLine() != nil)
        return client
      }
      #expect(try await waitFor { try await clientMemory(running) >= 100_000 })
      try await onThread { for _ in 1..<6000 { _ = try client.receiveLine() } }
      #expect(try await waitFor { try await clientMemory(running) == 0 })
    }
  }

  /// Commands queued after MULTI count as the client's memory, and are limited per client.
  @Test func aTransactionThatGrowsIsRefused() async throws {
    try await TestServer.run { running in
      try await running.talk { client in
        try client.send("MULTI\n")
        #expect(try client.receiveLine() == "\"OK\"")
        let echo = "ECHO \(String(repeating: "x", count: 60_000))\n"
        var answer: String? = "\"QUEUED\""
        var count = 0
        while answer == "\"QUEUED\"", count < 100 {
          try client.send(echo)
          answer = try client.receiveLine()
          count += 1
        }
        #expect(answer?.contains("REQUEST_TOO_LONG") == true)
        #expect(count > 60 && count < 80)
        try client.send("EXEC\nPING\n")
        #expect(try client.receiveLine()?.contains("EXECABORT") == true)
        #expect(try client.receiveLine() == "\"PONG\"")
      }
      #expect(try await clientMemory(running) == 0)
    }
  }
}
