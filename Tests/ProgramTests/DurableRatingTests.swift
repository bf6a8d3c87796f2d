import Foundation
import Ratings
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests by a trace of system calls that an acknowledged rating is on disk.
struct DurableRatingTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let store = SQLiteStore(path: folder.path("ratings.sqlite"))
    _ = try store.migrate()
    try store.write { try $0.fixTypes(user: .integer, item: .integer) }
  }

  @Test func anAcknowledgementFollowsTheFlushThatMakesItTrue() throws {
    let trace = folder.path("trace")
    let program = Program(in: folder.path)
    let running = try Program(path: "/usr/bin/strace", in: folder.path).start([
      "-f", "-y", "-s", "64", "-o", trace,
      "-e", "trace=fdatasync,fsync,write,writev,sendto,sendmsg", program.path, "serve", "--wait",
      "--socket", "s.sock", "--store", "sqlite:ratings.sqlite",
      "--log-level", "error",
    ])
    try #require(running.waitForOutput("listening on s.sock\n"))
    let client = try SocketClient(path: folder.path("s.sock"))
    func answer(to request: String) throws -> String {
      try client.send(request + "\n")
      return try #require(try client.receiveLine())
    }
    let count = 20
    for item in 0..<count {
      #expect(try answer(to: "RATE 1 \(item) 4").contains(#""outcome":"added""#))
    }
    // Many ratings that wait together share a flush.
    let rows = (0..<100).map { "2 \($0) 3" }.joined(separator: " ")
    #expect(try answer(to: "MRATE 100 \(rows)").contains(#""outcome":"added""#))
    // strace ends with the traced process.
    let daemon = try #require(try BenchTests.children(of: running.identifier).first)
    kill(daemon.identifier, SIGTERM)
    #expect(running.finish().exitCode == 0)

    var isFlushed = false
    var (acknowledged, flushes) = (0, 0)
    for line in try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n") {
      if line.contains("fdatasync") || line.contains("fsync"), line.hasSuffix("= 0") {
        // A flush of the write-ahead log. The line names that file unless another line interrupted the call.
        isFlushed = isFlushed || line.contains("resumed") || line.contains("ratings.sqlite-wal")
        flushes += 1
      } else if line.contains(#"\"outcome\":\"added\""#) {
        acknowledged += 1
        #expect(isFlushed, "acknowledged before it was flushed: \(line)")
        isFlushed = false
      }
    }
    #expect(acknowledged == count + 1 && flushes >= count + 1 && flushes < count + 100)
  }
}
