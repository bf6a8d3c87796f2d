import FactorModels
import Foundation
import ModelFiles
import Publishing
import Ratings
import TestEnvironment
import Testing

/// `latent serve` as an on-call person meets it. Asked through its Unix socket by `nc`-like means of
/// Foundation: the protocol itself is tested with the daemon.
struct ServeCommandTests {
  let folder: TemporaryFolder
  let publisher: Publisher

  init() throws {
    folder = try TemporaryFolder()
    publisher = try Publisher(
      of: try ModelName("recommender"), in: ModelRegistry(folder.path("latent-models")),
      command: "test")
  }

  func publish(mean: Float) throws {
    let contents = FactorModelContents(
      kind: "dot-bias", users: .integers([1, 2]), items: .integers([10, 20, 30]),
      tables: FactorTables(
        factorCount: 1, userFactors: [1, 2], itemFactors: [1, 2, 3], userBiases: [0, 0],
        itemBiases: [0, 0, 0], globalMean: mean),
      itemRatingCounts: [1, 1, 0], ratedOffsets: [0, 1, 2], ratedItems: [0, 1],
      titles: ["A", nil, "C"])
    let run = TrainingRun(
      modelName: "recommender", modelKind: "dot-bias", outcome: .published,
      startedAt: "2026-11-20T03:00:00Z", dataFingerprint: "ab", ratingCount: 2, heldOutCount: 0,
      userCount: 2, itemCount: 3, threadCount: 1, latentVersion: "0.1.0")
    try publisher.promote(publisher.stage(contents).commit(run).version)
  }

  func start(_ arguments: String...) throws -> RunningProgram {
    try Program(in: folder.path).start(["serve"] + arguments)
  }

  /// What comes back for `request` on the socket, until the server closes.
  func ask(_ request: String) throws -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: folder.path("s.sock").utf8)
    }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(connected == 0)
    try handle.write(contentsOf: Data(request.utf8))
    shutdown(descriptor, Int32(SHUT_WR))
    return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func answersUntilItIsToldToStopAndEndsWell(_ signal: Int32) throws {
    try publish(mean: 3)
    let running = try start("--socket", folder.path("s.sock"))
    try #require(running.waitForOutput("listening on \(folder.path("s.sock"))\n"))
    #expect(
      try ask("RECOMMEND 1 COUNT 1\nQUIT\n")
        == #"{"user":1,"version":1,"items":[{"item":30,"title":"C","score":6.0}]}"#
        + "\n\"OK\"\n")
    running.send(signal)
    let result = running.finish()
    #expect(result.exitCode == 0)
    #expect(!result.wasSignalled)
    #expect(result.errors.contains("serving recommender version 1: dot-bias, 2 users, 3 items"))
    #expect(result.errors.contains("stopped"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("s.sock")))
  }

  @Test func takesUpWhatIsPublishedWhileItRuns() throws {
    let running = try start("--socket", folder.path("s.sock"), "--listen", "127.0.0.1:0")
    try #require(running.waitForOutput("s.sock\n"))
    #expect(try ask("RECOMMEND 1\n").contains("NO_MODEL"))
    #expect(running.waitForErrors("no version of recommender is published"))
    for (version, mean) in [(1, 3.0), (2, 4.0)] {
      let published = Date()
      try publish(mean: Float(mean))
      try #require(running.waitForErrors("serving recommender version \(version)"))
      #expect(Date().timeIntervalSince(published) < 2)
      #expect(try ask("PREDICT 1 10\n").contains("\"prediction\":\(Float(mean + 1))"))
    }
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  @Test func aTakenAddressIsAClearError() throws {
    let first = try start("--socket", folder.path("s.sock"))
    try #require(first.waitForOutput("listening"))
    let second = try start("--socket", folder.path("s.sock")).finish()
    #expect(second.exitCode == 1)
    #expect(second.errors.contains("error: \(folder.path("s.sock")): another server listens"))
    first.send(SIGTERM)
    #expect(first.finish().exitCode == 0)
  }

  @Test(arguments: [
    ["--listen", "nowhere"], ["--listen", "127.0.0.1:99999"], ["--threads", "0"],
    ["--max-connections", "-1"], ["--log-level", "loud"],
  ])
  func badUsageIsSaid(_ arguments: [String]) throws {
    let result = try Program(in: folder.path).run(["serve"] + arguments)
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("Error: "))
  }
}
