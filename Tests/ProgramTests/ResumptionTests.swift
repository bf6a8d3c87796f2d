import Foundation
import TestEnvironment
import Testing

/// Tests of interrupting and resuming `latent train`, through the binary.
struct ResumptionTests {
  let folder: TemporaryFolder
  let program: Program

  /// Long enough to interrupt on any machine: the first checkpoint comes after a second.
  private static let dotBias = [
    "train", "--epochs", "20000", "--factors", "8", "--keep-best", "--early-stop", "19999",
  ]
  private static let neural = [
    "train", "--model", "neural", "--epochs", "500", "--layers", "8", "--keep-best", "--early-stop",
    "499",
  ]

  /// Two models in one version; the one that predicts continues.
  private static let byData = [
    "train", "--sweeps", "1000", "--factors", "32", "--keep-best", "--early-stop", "999",
    "--no-refit",
  ]

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  /// The path of the checkpoint of either part of a version, if one exists; otherwise where the first part's would be.
  private var checkpoint: String {
    let place = folder.path("latent-models/recommender")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    let name = names.first { $0.hasPrefix("checkpoint") && $0.hasSuffix(".safetensors") }
    return "\(place)/\(name ?? "checkpoint.safetensors")"
  }

  /// Returns the model files of a version by name.
  private func model(_ version: Int) throws -> [String: Data] {
    let place = folder.path(String(format: "latent-models/recommender/versions/%06d", version))
    let names = try FileManager.default.contentsOfDirectory(atPath: place)
    return try names.filter { $0.hasSuffix(".safetensors") }.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: URL(fileURLWithPath: "\(place)/\($1)"))
    }
  }

  /// Starts a training and kills it once it has written a checkpoint. Returns nil if it ended before.
  private func kill(_ options: [String]) throws -> Program.Result? {
    let running = try program.start(options)
    while !FileManager.default.fileExists(atPath: checkpoint) {
      guard running.isRunning else {
        let result = running.finish()
        try #require(result.exitCode == 0, "\(result.errors)")
        return nil
      }
      sched_yield()
    }
    running.send(SIGKILL)
    return running.finish()
  }

  /// Returns `options` with the number of epochs multiplied by `factor`.
  private static func longer(_ options: [String], _ factor: Int) -> [String] {
    options.map { word in Int(word).map { $0 > 100 ? String($0 * factor) : word } ?? word }
  }

  private func latestVersion() throws -> Int {
    let folder = folder.path("latent-models/recommender/versions")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { Int($0) }.max() ?? 0
  }

  /// Starts a training and asks it to stop by `signal` midway.
  private func stop(
    _ options: [String] = dotBias, by signal: Int32 = SIGTERM
  ) throws -> Program.Result {
    let running = try program.start(options)
    running.waitForErrors("1/")
    running.send(signal)
    return running.finish()
  }

  @Test(arguments: [dotBias, neural, byData])
  func killedOrStoppedItEndsWithTheSameModel(_ usual: [String]) throws {
    // A training may end before its first checkpoint is seen: then a longer one is killed.
    let options = try #require(
      try [1, 4, 16].lazy.map { Self.longer(usual, $0) }.first {
        try kill($0)?.wasSignalled ?? false
      }, "no training was long enough to be killed in")
    try FileManager.default.removeItem(atPath: checkpoint)
    let whole = try program.run(options + ["--quiet"])
    try #require(whole.exitCode == 0, "\(whole.errors)")
    let first = try latestVersion()

    // A training that ends first leaves one more version of the same model.
    let isKilled = try (0..<4).contains { _ in try kill(options)?.wasSignalled == true }
    #expect(isKilled)
    let resumed = try program.run(options + ["--resume"])
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("resuming from the checkpoint"))
    #expect(try model(latestVersion()) == model(first))
    #expect(!FileManager.default.fileExists(atPath: checkpoint))

    for signal in [SIGINT, SIGTERM] {
      let stopped = try stop(options, by: signal)
      #expect(stopped.exitCode == 1 && !stopped.wasSignalled)
      #expect(stopped.errors.contains(#/error: (epoch|sweep) \d+, step \d+ of \d+: .*--resume/#))
      #expect(stopped.errors.contains("a checkpoint was written"))
      let again = (["latent"] + options + ["--resume"]).joined(separator: " ")
      #expect(stopped.errors.contains("To continue from it: \(again)\n"), "\(stopped.errors)")
    }
    let again = try program.run(options + ["--resume", "--threads", "1"])
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try model(latestVersion()) == model(first))
  }

  @Test func whatItCannotGoOnFromItRefuses() throws {
    _ = try stop()
    let other = try program.run(
      Self.dotBias + ["--resume", "--seed", "1", "--learning-rate", "0.001"])
    #expect(other.exitCode == 1)
    #expect(other.errors.contains("seed is 1 here and 0 in the checkpoint"), "\(other.errors)")
    #expect(other.errors.contains("learning-rate is 0.001 here and 0.005 in the checkpoint"))
    #expect(!other.errors.contains("resuming from"))
    let more = folder.path("more.csv")
    try Data("user,item,rating\n1,1,2\n9999,2,3\n".utf8).write(to: URL(fileURLWithPath: more))
    #expect(try program.run(["import", more]).exitCode == 0)
    let data = try program.run(Self.dotBias + ["--resume"])
    #expect(
      data.exitCode == 1 && data.errors.contains("the data have changed since"), "\(data.errors)"
    )
    // Refused trainings leave the checkpoint alone. A training that starts anew replaces it, and says so.
    #expect(FileManager.default.fileExists(atPath: checkpoint))
    let anew = try program.run(["train", "--epochs", "1"])
    #expect(anew.exitCode == 0 && anew.errors.contains("epochs is 1 here and"), "\(anew.errors)")
    #expect(!anew.errors.contains("--resume would use it"))
    #expect(!FileManager.default.fileExists(atPath: checkpoint))
    let nothing = try program.run(["train", "--epochs", "1", "--resume"])
    #expect(nothing.exitCode == 0 && nothing.errors.contains("no checkpoint"), "\(nothing.errors)")
  }

  @Test func damageIsNamed() throws {
    _ = try stop()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: checkpoint))
    bytes[bytes.count / 2] ^= 1
    try FileManager.default.removeItem(atPath: checkpoint)
    try bytes.write(to: URL(fileURLWithPath: checkpoint))
    let result = try program.run(Self.dotBias + ["--resume"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("do not match their digest"), "\(result.errors)")
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: checkpoint))
    let cut = try program.run(Self.dotBias + ["--resume"])
    #expect(cut.exitCode == 1)
    #expect(cut.errors.contains("the checkpoint is damaged: "), "\(cut.errors)")
    #expect(cut.errors.contains("Leave out --resume to start over."), "\(cut.errors)")
  }
}
