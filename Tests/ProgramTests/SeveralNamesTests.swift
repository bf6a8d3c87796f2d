import Foundation
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent serve` with several model names.
struct SeveralNamesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func publish(_ contents: FactorModelContents, as name: String) throws {
    let publisher = try Publisher(
      of: try ModelName(name),
      in: ModelRegistry(folder.path("latent-models"), forms: .recommenders), command: "test")
    let run = TrainingRun(
      modelName: name, kind: "dot-bias", outcome: .published,
      startedAt: "2026-11-20T03:00:00Z", threadCount: 1, latentVersion: "0.1.0")
    try publisher.promote(publisher.stage(contents).commit(run).version)
  }

  private func serve(_ names: String...) throws -> Program.Result {
    try Program(in: folder.path).run(
      ["serve", "--socket", "s.sock"] + names.flatMap { ["--name", $0] })
  }

  @Test(
    arguments: [
      (["--max-image", "16xb"], 64, "16mb"), (["--max-image", "1"], 64, "--max-image is 1"),
      (["--max-image", "5000000000kb"], 64, "16mb"),
      (["--image-memory", "1kb"], 64, "--image-memory is 1024"),
      (["--image-queue", "0"], 64, "--image-queue is 0"),
      (["--image-timeout", "0"], 64, "--image-timeout is 0"),
      (["--max-image", "7mb", "--max-client-memory", "8"], 64, "larger --max-client-memory"),
      (["--image-root", "nowhere", "--max-image", "2MB"], 1, "nowhere"),
    ] as [([String], Int32, String)])
  func whatIsNoLimitOfImagesIsRefused(_ options: [String], _ code: Int32, _ words: String) throws {
    try publish(QueryTests.contents(), as: "recommender")
    let result = try Program(in: folder.path).run(["serve", "--socket", "s.sock"] + options)
    #expect(result.exitCode == code && result.errors.contains(words), "\(result.errors)")
  }

  @Test func severalNamesAreServedByOneServer() throws {
    var films = QueryTests.contents()
    films.tables.globalMean += 1
    try publish(films, as: "films")
    let twice = try serve("films", "films")
    #expect(twice.exitCode == 64 && twice.errors.contains("--name films is given twice"))
    let absent = try serve("films", "books")
    #expect(absent.exitCode == 1 && absent.errors.contains("no version of books is in service"))
    let running = try Program(in: folder.path).start([
      "serve", "--socket", "s.sock", "--name", "films", "--name", "books", "--wait",
    ])
    try #require(running.waitForOutput("s.sock\n"))
    func ask(_ request: String) throws -> String {
      try SocketClient(path: folder.path("s.sock")).ask(request + "\nQUIT\n")
    }
    #expect(try ask("PREDICT bob 40 MODEL books").contains("NO_MODEL"))
    try publish(QueryTests.contents(), as: "books")
    #expect(running.waitForErrors("serving books version 1"))
    let answers = try ask("PREDICT bob 40\nPREDICT bob 40 MODEL books\nINFO models")
      .split(separator: "\n")
    for (answer, (model, rating)) in zip(answers, [("films", 5.5), ("books", 4.5)]) {
      #expect(
        answer
          == #"{"user":"bob","item":40,"title":"Forty","model":"\#(model)","version":1,"prediction":\#(rating)}"#
      )
    }
    #expect(answers[2].contains(#""books":"version=1,kind=dot-bias,sha256="#))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }
}
