import Daemon
import Foundation
import Logging
import Synchronization
import TestEnvironment
import Testing

/// The log's output to a real pipe, read or not.
struct LogQueueTests {
  /// A pipe of the system's minimum size.
  final class SmallPipe: Sendable {
    let reader: Int32
    let writer: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      (reader, writer) = (ends[0], ends[1])
      try #require(fcntl(writer, 1031, 4096) == 4096)  // F_SETPIPE_SZ, a macro that is not imported
    }

    deinit {
      close(reader)
      close(writer)
    }

    /// Fills the pipe, so that the next write blocks. Returns the number of bytes.
    func fill() -> Int {
      var count = 0
      var state = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
      let bytes = [UInt8](repeating: 0x2E, count: 4096)
      while poll(&state, 1, 0) == 1, state.revents & Int16(POLLOUT) != 0 {
        count += write(writer, bytes, bytes.count)
      }
      return count
    }

    /// Reads lines, after `skipped` bytes, until `areAll` returns true for them.
    func lines(behind skipped: Int = 0, until areAll: ([String]) -> Bool) throws -> [String] {
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(reader, &chunk, chunk.count)
        try #require(count > 0)
        bytes += chunk[..<count]
        let text = String(decoding: bytes.dropFirst(skipped), as: UTF8.self)
        let whole = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let lines = whole.map(String.init)
        if areAll(lines) { return lines }
      }
    }
  }

  /// Returns the number of lines that the log reports as lost.
  static func lostCount(_ lines: [String]) -> Int {
    lines.reduce(0) { sum, line in
      let count = line.firstMatch(of: #/(\d+) log lines were dropped/#).flatMap { Int($0.1) }
      return sum + (count ?? (line.contains("1 log line was dropped") ? 1 : 0))
    }
  }

  @Test func linesComeInOrderAndTheEndWaitsForThem() throws {
    let pipe = try SmallPipe()
    let queue = LogQueue(to: pipe.writer, label: "test")
    for number in 0..<50 { queue.append("line \(number)\n") }
    #expect(queue.finish(within: .seconds(20)))
    #expect(try pipe.lines { $0.last == "line 49" } == (0..<50).map { "line \($0)" })
    #expect(queue.droppedCount == 0)
  }

  @Test func whoeverLogsWaitsForNoReaderAndIsToldWhatWasLost() throws {
    let pipe = try SmallPipe()
    let filled = pipe.fill()
    let queue = LogQueue(to: pipe.writer, label: "test", lineLimit: 10)
    for number in 0..<1000 { queue.append("line \(number)\n") }
    // The thread has taken at most ten and blocks on the first; ten more wait for it.
    let dropped = queue.droppedCount
    #expect((980...990).contains(dropped))
    let lines = try pipe.lines(behind: filled) { Self.lostCount($0) == dropped }
    #expect(lines.first == "line 0")
    #expect(lines.count { $0.hasPrefix("line") } + dropped == 1000)
    #expect(lines.last?.contains(" warning test: [Daemon] ") == true)
    queue.append("more\n")
    #expect(try pipe.lines { $0.last == "more" } == ["more"])
    #expect(queue.finish(within: .seconds(20)) && queue.droppedCount == dropped)
  }

  @Test func aQueueIsFullByBytesToo() throws {
    let pipe = try SmallPipe()
    let filled = pipe.fill()
    let queue = LogQueue(to: pipe.writer, label: "test", byteLimit: 1000)
    let line = String(repeating: "x", count: 299) + "\n"
    for _ in 0..<100 { queue.append(line) }
    #expect((94...97).contains(queue.droppedCount))
    let dropped = queue.droppedCount
    _ = try pipe.lines(behind: filled) { Self.lostCount($0) == dropped }
    #expect(queue.finish(within: .seconds(20)))
  }

  @Test func aReaderThatHasStoppedDoesNotHoldUpTheEnd() throws {
    let pipe = try SmallPipe()
    let filled = pipe.fill()
    let queue = LogQueue(to: pipe.writer, label: "test")
    queue.append("line\n")
    #expect(!queue.finish(within: .milliseconds(50)))
    queue.append("too late\n")
    #expect(queue.droppedCount == 1)
    // The report on the other line may come with it.
    #expect(try pipe.lines(behind: filled) { !$0.isEmpty }.first == "line")
    #expect(queue.finish(within: .seconds(20)))
  }

  @Test func aStreamThatTakesNothingLosesLinesAndNoMore() throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = try SmallPipe()
    var ends: [Int32] = [0, 0]
    try #require(Foundation.pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    for descriptor in [ends[1], -1] {
      let queue = LogQueue(to: descriptor, label: "test")
      for number in 0..<5 { queue.append("line \(number)\n") }
      #expect(queue.finish(within: .seconds(20)))
      #expect(queue.droppedCount == 5)
    }
    withExtendedLifetime(pipe) {}
  }

  @Test func aStreamThatDoesNotWaitIsWaitedFor() throws {
    let pipe = try SmallPipe()
    #expect(fcntl(pipe.writer, F_SETFL, O_NONBLOCK) == 0)
    let queue = LogQueue(to: pipe.writer, label: "test")
    let text = String(repeating: "x", count: 999)
    for _ in 0..<100 { queue.append(text + "\n") }
    queue.append("last\n")
    let lines = try pipe.lines { $0.last == "last" }
    #expect(lines.count == 101 && lines.dropLast().allSatisfy { $0 == text })
    #expect(queue.finish(within: .seconds(20)) && queue.droppedCount == 0)
  }

  @Test func aLineSaysWhatWasLoggedInPartAtLeast() throws {
    let pipe = try SmallPipe()
    let queue = LogQueue(to: pipe.writer, label: "test")
    var log = Logger(label: "latent") { QueuedLogHandler(label: $0, queue: queue) }
    log[metadataKey: "b"] = "2"
    log.warning("well", metadata: ["a": "1"])
    log.debug("hidden")
    log.error("\(String(repeating: "é", count: 100_000))")
    let lines = try pipe.lines { $0.count == 2 }
    #expect(lines[0].hasSuffix(" warning latent: a=1 b=2 [DaemonTests] well"))
    #expect(lines[0].firstMatch(of: #/^[\d-]{10}T[\d:]{8}[+-]\d{4} w/#) != nil, "\(lines[0])")
    #expect(lines.count == 2 && lines[1].utf8.count < 9000 && lines[1].hasSuffix("..."))
    #expect(queue.finish(within: .seconds(20)))
  }

  @Test func infoSaysWhatWasLost() async throws {
    let queue = LogQueue(to: -1, label: "test")
    queue.append("lost\n")
    #expect(queue.finish(within: .seconds(20)))
    let server = try await Server.start(
      on: [.tcp(host: "127.0.0.1", port: 0)], threadCount: 1, version: "0",
      log: Logger(label: "test") { QueuedLogHandler(label: $0, queue: queue) }, logQueue: queue)
    guard case .tcp(_, let port) = server.addresses[0] else { return }
    let told = try await onThread { try SocketClient(port: port).ask("INFO stats\n") }
    #expect(told.contains(#""log_lines_dropped":1"#))
    try await server.stop()
  }
}
