import Foundation
import TestEnvironment
import Testing

/// Tests of `latent train --model embedding-mlp`, also by its old name `neural`, and of every query to its model,
/// through the binary.
struct EmbeddingMLPCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func train(_ options: String...) throws -> Program.Result {
    try program.run(
      ["train", "--model", "neural", "--layers", "20,10", "--epochs", "2"] + options)
  }

  @Test func isTrainedJudgedGatedAndAsked() throws {
    #expect(try program.run(["train", "--model", "popularity", "--publish"]).exitCode == 0)
    let trained = try train("--publish", "--unless-worse", "--force", "--format", "csv")
    #expect(trained.exitCode == 0, "\(trained.errors)")
    for name in ["popularity", "bias-only", "embedding-mlp", "in service"] {
      #expect(trained.output.contains("\n\(name),"), "\(trained.output)")
    }
    let list = try program.run(
      ["recommend", "--user", "66", "--count", "5", "--format", "csv"])
    #expect(list.exitCode == 0, "\(list.errors)")
    #expect(list.output.split(separator: "\n").count == 6)
    let fields = list.output.split(separator: "\n")[1].split(
      separator: ",", omittingEmptySubsequences: false)
    // The score in a recommendation equals the prediction.
    let prediction = try program.run(
      ["predict", "--user", "66", "--item", String(fields[1]), "--format", "csv"])
    #expect(prediction.exitCode == 0, "\(prediction.errors)")
    let predicted = prediction.output.split(separator: "\n")[1].split(
      separator: ",", omittingEmptySubsequences: false)
    #expect(predicted[3] == fields[4] && Double(predicted[3]) != nil)
    let similar = try program.run(
      ["similar", "--item", "102", "--count", "3", "--format", "csv"])
    #expect(similar.exitCode == 0, "\(similar.errors)")
    #expect(similar.output.split(separator: "\n").count == 4)
    let verified = try program.run(["models", "verify"])
    #expect(verified.exitCode == 0 && verified.output.contains("good"))
    let shown = try program.run(["models", "show", "--format", "json"])
    #expect(shown.output.contains("\"hidden_layers\": \"20,10\""), "\(shown.output)")
    #expect(shown.output.contains("\"kind\": \"embedding-mlp\""))

    let serving = try program.start(["serve", "--listen", "127.0.0.1:0", "--socket", "s"])
    #expect(serving.waitForOutput("listening on"))
    let answer = try SocketClient(path: folder.path("s")).ask(
      "RECOMMEND 66 COUNT 1\nPREDICT 66 \(fields[1])\nSIMILAR 102 COUNT 2\nQUIT\n")
    serving.send(SIGTERM)
    #expect(serving.finish().exitCode == 0)
    let lines = answer.split(separator: "\n")
    #expect(
      lines.count == 4 && lines[0].contains("\"items\":[{\"item\":\(fields[1]),"), "\(answer)")
    #expect(lines[1].contains("\"prediction\":") && lines[2].contains("\"items\":"), "\(answer)")

    // A factor model compared with the neural one in service.
    let next = try program.run(["train", "--publish", "--unless-worse", "--metric", "rmse"])
    #expect([0, 3].contains(next.exitCode), "\(next.errors)")
    #expect(next.output.contains("in service"))
  }

  @Test func theSameDataAndSeedGiveTheSameFileWhateverTheThreads() throws {
    for options in [["--threads", "1"], ["--threads", "3"], ["--seed", "1"]] {
      let result = try program.run(
        ["train", "--model", "neural", "--layers", "8", "--epochs", "1"] + options)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    #expect(try model(1) == model(2))
    #expect(try model(1) != model(3))
  }

  /// A learning rate too high for any network ends the training with a message, and nothing is left behind.
  @Test(arguments: ["1e30", "9"]) func divergenceIsNamed(_ rate: String) throws {
    let result = try train("--publish", "--learning-rate", rate, "--weight-decay", "0")
    #expect(result.exitCode == 1)
    #expect(
      result.errors.contains(#/error: epoch \d+.*rate.*Try a tenth/#), "\(result.errors)")
    #expect(
      !FileManager.default.fileExists(atPath: folder.path("latent-models/recommender/versions")))
  }

  @Test(arguments: [
    ["--layers", "0"], ["--layers", "10,x"], ["--layers", ""], ["--batch", "1"],
    ["--layers", "100000"], ["--factors", "20"], ["--exact"],
  ])
  func badOptionsAreUsageErrors(_ options: [String]) throws {
    let result = try program.run(["train", "--model", "neural"] + options)
    #expect(result.exitCode == 64, "\(options): \(result.errors)")
  }

  private func model(_ version: Int) throws -> Data {
    try Data(
      contentsOf: URL(
        fileURLWithPath: folder.path(
          "latent-models/recommender/versions/00000\(version)/model.safetensors")))
  }
}
