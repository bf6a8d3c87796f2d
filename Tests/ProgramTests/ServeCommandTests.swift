import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent serve` as an on-call engineer uses it, through its Unix socket. The protocol itself is tested with
/// the daemon.
struct ServeCommandTests {
  let folder: TemporaryFolder
  let publisher: Publisher

  init() throws { try self.init(in: TemporaryFolder()) }

  init(in folder: TemporaryFolder) throws {
    self.folder = folder
    publisher = try Publisher(
      of: try ModelName("recommender"),
      in: ModelRegistry(folder.path("latent-models"), forms: .recommenders),
      command: "test")
  }

  func publish(mean: Float, metrics: [String: TrainingRun.Figure] = [:]) throws {
    let contents = FactorModelContents(
      kind: "dot-bias", users: .integers([1, 2]), items: .integers([10, 20, 30]),
      tables: FactorTables(
        factorCount: 1, userFactors: [1, 2], itemFactors: [1, 2, 3], userBiases: [0, 0],
        itemBiases: [0, 0, 0], globalMean: mean),
      itemRatingCounts: [1, 1, 0], ratedOffsets: [0, 1, 2], ratedItems: [0, 1],
      titles: ["A", nil, "C"])
    let run = TrainingRun(
      modelName: "recommender", kind: "dot-bias", outcome: .published,
      startedAt: "2026-11-20T03:00:00Z", metrics: metrics, mainMetrics: ["rmse"], threadCount: 1,
      latentVersion: "0.1.0")
    try publisher.promote(publisher.stage(contents).commit(run).version)
  }

  func start(_ arguments: String...) throws -> RunningProgram {
    try Program(in: folder.path).start(["serve"] + arguments)
  }

  /// Returns what the server answers to `request` on the socket until it closes the connection.
  func ask(_ request: String) throws -> String {
    try SocketClient(path: folder.path("s.sock")).ask(request)
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
    let running = try start("--socket", folder.path("s.sock"), "--listen", "127.0.0.1:0", "--wait")
    try #require(running.waitForOutput("s.sock\n"))
    #expect(try ask("RECOMMEND 1\n").contains("NO_MODEL"))
    #expect(running.waitForErrors("no version of recommender is in service"))
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

  @Test func withoutAModelItSaysWhereItLookedAndWhatIsThere() throws {
    try publish(mean: 3)
    let misspelt = try Program(in: folder.path).run(["serve", "--name", "recomender"])
    #expect(misspelt.exitCode == 1 && misspelt.output.isEmpty)
    for text in [
      "/latent-models: no version of recomender is in service", "the folder has recommender",
      "Did you mean recommender?", "--wait",
      "`latent train --publish --name recomender`",
    ] {
      #expect(misspelt.errors.contains(text), "\(misspelt.errors)")
    }
    let elsewhere = try Program(in: folder.path).run(["serve", "--models", "nowhere"])
    #expect(elsewhere.exitCode == 1)
    #expect(elsewhere.errors.contains("\(folder.path("nowhere")): no version of recommender"))
    #expect(elsewhere.errors.contains("there is no such folder"))
    #expect(elsewhere.errors.contains("`latent train --publish --models nowhere`"))
    try FileManager.default.removeItem(atPath: folder.path("latent-models/recommender/current"))
    let unpromoted = try Program(in: folder.path).run(["serve"])
    #expect(unpromoted.exitCode == 1)
    #expect(unpromoted.errors.contains("none was promoted"))
    #expect(unpromoted.errors.contains("`latent models promote 1`"))
  }

  /// Changes numbers in a version's file, which can still be opened.
  func alter(_ version: Int) throws {
    let path = publisher.versions.modelPath(of: version)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let mean = withUnsafeBytes(of: Float(version + 2)) { Data($0) }
    let place = try #require(bytes.range(of: mean, options: .backwards))
    bytes.replaceSubrange(place, with: withUnsafeBytes(of: Float(-99)) { Data($0) })
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func anAlteredModelIsGoneBackFrom() throws {
    try publish(mean: 3)
    try publish(mean: 4)
    try alter(2)
    let running = try start("--socket", folder.path("s.sock"))
    try #require(running.waitForErrors("falling back to version 1"))
    try #require(running.waitForErrors("serving recommender version 1"))
    #expect(try ask("PREDICT 1 10\n").contains("\"prediction\":4.0"))
    let told = try ask("INFO model\n")
    #expect(told.contains(#""last_swap_error":"version 2: its SHA-256 is"#))
    #expect(!told.contains("/"), "\(told)")
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  @Test func toldToStopUnderLoadItEndsEveryConnectionWithWholeAnswers() async throws {
    try publish(mean: 3)
    let socket = folder.path("s.sock")
    // On a busy machine the clients' tasks may wait minutes for a thread.
    let running = try start("--socket", socket, "--listen", "127.0.0.1:0", "--idle-timeout", "0")
    try #require(running.waitForOutput("listening on \(socket)\n"))
    let port = try #require(
      running.outputSoFar.firstMatch(of: #/127\.0\.0\.1:(\d+)/#).flatMap { Int($0.1) })
    let idle = try SocketClient(port: port)
    let counts = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
      let (answered, continuation) = AsyncStream.makeStream(of: Void.self)
      let clientCount = 6
      for number in 0..<clientCount {
        let client = try number % 2 == 0 ? SocketClient(port: port) : SocketClient(path: socket)
        // As many requests in flight as a busy machine handles in a moment.
        let batches = DispatchSemaphore(value: 0)
        for _ in 0..<20 { batches.signal() }
        Thread.detachNewThread {
          var count = 0
          var isConnected = true
          while isConnected {
            batches.wait()
            let batch = (0..<100).map { "ECHO \(count + $0)\nRECOMMEND 1 COUNT 1\n" }.joined()
            isConnected = (try? client.send(batch)) != nil
            count += 100
          }
        }
        group.addTask {
          try await onThread {
            var count = 0
            while let line = try client.receiveLine() {
              let expected =
                count % 2 == 0
                ? "\"\(count / 2)\""
                : #"{"user":1,"version":1,"items":[{"item":30,"title":"C","score":6.0}]}"#
              guard line == expected else {
                Issue.record("answer \(count) is \(line)")
                break
              }
              count += 1
              if count % 200 == 0 { batches.signal() }
              if count == 1000 { continuation.yield() }
            }
            // The end of the stream: nothing follows the last complete answer.
            let rest = try client.receive(1000)
            client.finishSending()
            batches.signal()
            return (count, rest)
          }
        }
      }
      var ready = 0
      for await _ in answered {
        ready += 1
        if ready == clientCount { break }
      }
      running.send(SIGTERM)
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let result = running.finish()
    #expect(counts.allSatisfy { $0.0 >= 1000 })
    let cut = counts.map { String(decoding: $0.1, as: UTF8.self) }.filter { !$0.isEmpty }
    #expect(cut.isEmpty, "\(result.errors)")
    #expect(result.exitCode == 0 && !result.wasSignalled)
    #expect(!result.errors.contains("cut off"), "\(result.errors)")
    #expect(try idle.receiveAll().isEmpty)
  }

  /// The folder is removed and the model trained again: the version number is the same.
  @Test func anotherModelUnderTheSameNumberIsTakenUp() throws {
    try publish(mean: 3)
    let running = try start("--socket", folder.path("s.sock"))
    try #require(running.waitForOutput("s.sock\n"))
    #expect(try ask("PREDICT 1 10\n").contains("\"prediction\":4.0"))
    try FileManager.default.removeItem(atPath: folder.path("latent-models/recommender"))
    try publish(mean: 4)
    try #require(running.waitForErrors("serving recommender version 1", times: 2))
    #expect(try ask("PREDICT 1 10\n").contains("\"version\":1,\"prediction\":5.0"))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  /// A model that can't be opened for now is left alone, and opened once it can be.
  @Test(arguments: [true, false])
  func aLackOfDescriptorsIsNoVerdictOnAModel(_ isServing: Bool) throws {
    if isServing { try publish(mean: 3) }
    let running = try start("--socket", folder.path("s.sock"), "--wait")
    try #require(running.waitForOutput("s.sock\n"))
    let client = try SocketClient(path: folder.path("s.sock"))
    func ask(_ request: String) throws -> String {
      try client.send(request + "\n")
      return try client.receiveLine() ?? ""
    }
    #expect(try ask("PING") == "\"PONG\"")
    let version = isServing ? 2 : 1
    try OpenFiles.exhausted(of: running.identifier) {
      try publish(mean: 4)
      try #require(
        running.waitForErrors("00000\(version)/manifest.json: can't open it: Too many open files"))
      #expect(try ask("PREDICT 1 10").contains(isServing ? "\"prediction\":4.0" : "NO_MODEL"))
      #expect(
        try ask("INFO model").contains(
          "\"last_swap_error\":\"version \(version): can't open it: Too many open files\""))
    }
    try #require(running.waitForErrors("serving recommender version \(version)"))
    #expect(try ask("PREDICT 1 10").contains("\"prediction\":5.0"))
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0)
    #expect(
      !result.errors.contains("falling back") && !result.errors.contains("no earlier version"))
  }

  @Test func aTakenAddressIsAClearError() throws {
    try publish(mean: 3)
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
    #expect(result.errors.hasPrefix("error: "))
  }
}
