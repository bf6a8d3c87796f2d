import Daemon
import Foundation
import Logging
import Ratings
import TestEnvironment
import Testing

/// The format of log lines, written to a real file.
struct LogLineTests {
  /// Returns the lines of the file after `body` has logged.
  func lines(
    _ format: LogFormat, redaction: Redaction = Redaction(of: []), _ body: (Logger) -> Void
  ) throws -> [String] {
    let folder = try TemporaryFolder()
    let file = try LogFile(folder.path("log"))
    let queue = LogQueue(to: file.descriptor, label: "test", format: format)
    body(
      Logger(label: "latent") { QueuedLogHandler(label: $0, queue: queue, redaction: redaction) })
    #expect(queue.finish(within: .seconds(20)))
    return try String(contentsOfFile: folder.path("log"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  @Test func jsonIsAnObjectALine() throws {
    let lines = try lines(.json) { log in
      log.warning("a \"b\"\n{}é", metadata: ["connection": "12", "request": "3"])
      log.info("second")
    }
    #expect(lines.count == 2)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String])
    #expect(object["message"] == "a \"b\"\n{}é" && object["level"] == "warning")
    #expect(object["logger"] == "latent" && object["module"] == "DaemonTests")
    #expect(object["connection"] == "12" && object["request"] == "3")
    #expect(
      object["time"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
  }

  /// However long the text is, and however much longer with escapes.
  @Test(arguments: [LogFormat.text, .json])
  func aLineIsBounded(_ format: LogFormat) throws {
    let lines = try lines(format) { log in
      log.info(
        "\(String(repeating: "\u{1}", count: 20_000))",
        metadata: ["key": "\(String(repeating: "é", count: 20_000))"])
    }
    #expect(lines.count == 1 && lines[0].utf8.count <= 8192 + 3)
    if format == .json {
      let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: String]
      #expect(object?["message"]?.hasSuffix("...") == true)
    }
  }

  @Test(arguments: [LogFormat.text, .json])
  func passwordsOfTheCommandLineAreBlottedOut(_ format: LogFormat) throws {
    let url = "postgres://me:hunter2@db/x"
    let lines = try lines(format, redaction: Redaction(of: [url])) { log in
      log.error("can't reach \(url)", metadata: ["store": "\(url)"])
    }
    #expect(!lines[0].contains("hunter2") && lines[0].contains("can't reach"))
  }

  @Test func aFileThatWasRenamedIsMadeAnewAndNothingIsLost() throws {
    let folder = try TemporaryFolder()
    let file = try LogFile(folder.path("log"))
    let queue = LogQueue(to: file.descriptor, label: "test")
    for number in 0..<100 {
      queue.append("line \(number)\n")
      if number == 50 {
        try FileManager.default.moveItem(atPath: folder.path("log"), toPath: folder.path("log.1"))
        try file.reopen()
      }
    }
    #expect(queue.finish(within: .seconds(20)))
    let texts = try ["log.1", "log"].map {
      try String(contentsOfFile: folder.path($0), encoding: .utf8)
    }
    #expect(texts.joined() == (0..<100).map { "line \($0)\n" }.joined())
    #expect(!texts[1].isEmpty)
    let mode = try FileManager.default.attributesOfItem(atPath: folder.path("log"))[
      .posixPermissions]
    #expect((mode as? Int).map { $0 & 0o137 } == 0)
  }

  @Test func aFileThatCantBeOpenedLeavesTheOneThatIs() throws {
    let folder = try TemporaryFolder()
    #expect(throws: DaemonError.self) { try LogFile(folder.path("no/log")) }
    try FileManager.default.createDirectory(
      atPath: folder.path("logs"), withIntermediateDirectories: false)
    let file = try LogFile(folder.path("logs/log"))
    try FileManager.default.moveItem(atPath: folder.path("logs"), toPath: folder.path("old"))
    #expect(throws: DaemonError.self) { try file.reopen() }
    let queue = LogQueue(to: file.descriptor, label: "test")
    queue.append("line\n")
    #expect(queue.finish(within: .seconds(20)))
    #expect(try String(contentsOfFile: folder.path("old/log"), encoding: .utf8) == "line\n")
  }
}
