import Foundation
import GRDB
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent assemble` through the binary: a model in files becomes the version that `latent train` would make,
/// and errors in the files are reported.
struct AssembleCommandTests {
  let folder: TemporaryFolder
  let program: Program
  private let options = ["--model", "implicit-als", "--factors", "4", "--seed", "5"]

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func versions() throws -> ModelVersions {
    ModelRegistry(folder.path("latent-models"), forms: .recommenders)
      .versions(of: ModelName.usual)
  }

  /// Returns the files of what `version` has learned, as an engine would have written them.
  private func files(of version: Int, _ role: ModelRole = .main) throws -> BlockModelFiles {
    let file = try SafetensorsFile(try versions().modelPath(of: version, role))
    func tensor(_ name: String) throws -> StoredTensor {
      try #require(file.tensor(named: name))
    }
    let offsets: [UInt64] = try tensor("rated_offsets").copy()
    let rated: [UInt32] = try tensor("rated_items").copy()
    let numbers = try ["alpha", "regularization"].map {
      try #require(Double(file.metadata["latent.fold_in.\($0)"] ?? ""))
    }
    let counts: [UInt32] = try tensor("item_rating_counts").copy()
    return BlockModelFiles(
      trainer: 0, width: 4, numbers: numbers, ratingCount: counts.reduce(0) { $0 + Int($1) },
      users: .integers(try tensor("user_ids").copy()),
      items: .integers(try tensor("item_ids").copy()),
      userRows: try tensor("user_factors").copy(), itemRows: try tensor("item_factors").copy(),
      rated: offsets.indices.dropLast().map {
        Array(rated[Int(offsets[$0])..<Int(offsets[$0 + 1])])
      }, counts: counts)
  }

  private func assemble(_ arguments: [String]) throws -> Program.Result {
    try program.run(["assemble"] + arguments + options)
  }

  private let engine = [
    "--engine", "spark 4.1.1", "--executors", "3", "--partitions", "7", "--shuffle-bytes", "12345",
    "--training-seconds", "1.5", "--refitting-seconds", "2.5",
  ]

  private func lastRun() throws -> TrainingRun {
    try DatabaseQueue(path: folder.path("latent.sqlite")).read { database in
      let record = try String.fetchOne(
        database, sql: "select record from training_run order by run_id desc")
      return try TrainingRun(json: #require(record))
    }
  }

  /// Both model files are identical byte for byte, with the same evaluation, and the record says what trained them.
  @Test func aVersionIsThatOfATraining() throws {
    let trained = try program.run(["train"] + options)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    try files(of: 1).write(to: folder.path("served"), partSize: 11)
    try files(of: 1, .judged).write(to: folder.path("judged"), partSize: 50)
    let result = try assemble(["served", "--judged", "judged", "--publish", "--force"] + engine)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(
      result.errors.contains("wrote version 2 of recommender (fitted to all ")
        && result.errors.contains(" and put it in service"), "\(result.errors)")
    let manifests = try [1, 2].map { try versions().manifest(of: $0) }
    #expect(manifests[0].files == manifests[1].files && manifests[0].files.count == 2)
    let (run, other) = (manifests[1].run, manifests[0].run)
    for (metric, figure) in other.metrics where !metric.contains("seconds") {
      #expect(run.metrics[metric] == figure, "\(metric)")
    }
    #expect(run.counts["shuffle_bytes"] == 12345)
    for count in [
      "ratings_read", "users_read", "items_read", "ratings_held_out", "ratings_fitted",
    ] {
      #expect(run.counts[count] == other.counts[count], "\(count)")
    }
    for (name, value) in [("engine", "spark 4.1.1"), ("executors", "3"), ("partitions", "7")] {
      #expect(run.parameters[name] == value)
    }
    for (name, value) in other.parameters { #expect(run.parameters[name] == value, "\(name)") }
    #expect(run.seconds["training"] == 1.5 && run.seconds["refitting"] == 2.5)
    #expect(try lastRun().outcome == .published && lastRun().parameters["engine"] == "spark 4.1.1")
    let shown = try program.run(["models", "show"])
    #expect(shown.output.contains("spark 4.1.1"), "\(shown.output)")
    let listed = try program.run(["recommend", "--user", "1", "--format", "csv"])
    #expect(listed.exitCode == 0 && listed.output.contains(","), "\(listed.errors)")
    // An unchanged model makes no new version.
    let again = try assemble(["served", "--judged", "judged", "--publish"] + engine)
    #expect(again.exitCode == 0 && again.errors.contains("nothing changed"), "\(again.errors)")
  }

  /// A model is judged by itself if there is no other, and refused if it is worse than a baseline.
  @Test func oneThatIsWorseThanABaselineIsRefused() throws {
    let trained = try program.run(["train", "--no-refit"] + options)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    var files = try files(of: 1)
    try files.write(to: folder.path("good"))
    let good = try assemble(["good", "--publish", "--force"] + engine)
    #expect(good.exitCode == 0, "\(good.errors)")
    #expect(try versions().current() == 2)
    // A model that predicts the lowest rating for everybody.
    (files.trainer, files.width) = (1, 2)
    files.numbers = [0, 1, 1, 0.5, 5] + [Double](repeating: 0, count: 17)
    files.userRows = [Float](repeating: 0, count: 2 * files.rated.count)
    files.itemRows = [Float](repeating: 0, count: 2 * files.counts.count)
    try files.write(to: folder.path("bad"))
    let bad = try program.run(
      ["assemble", "bad", "--publish", "--model", "als", "--factors", "1"] + engine)
    #expect(bad.exitCode == 3 && bad.errors.contains("of the baseline"), "\(bad.errors)")
    #expect(try versions().current() == 2 && versions().all() == [1, 2, 3])
  }

  /// If the served model was not trained on all ratings, the engine must say how many were read.
  @Test func whatWasReadIsCounted() throws {
    let trained = try program.run(["train", "--no-refit"] + options)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    try files(of: 1).write(to: folder.path("model"))
    let wanted = try versions().manifest(of: 1).run.counts
    func counts(_ more: [String]) throws -> [String: Int] {
      let result = try assemble(["model"] + engine + more)
      #expect(result.exitCode == 0, "\(result.errors)")
      return try lastRun().counts
    }
    let names = ["ratings", "users", "items"]
    let learned = try counts([])
    #expect(try #require(learned["ratings_read"]) < #require(wanted["ratings_read"]))
    let read = try counts(
      names.flatMap { ["--\($0)-read", String(try #require(wanted["\($0)_read"]))] })
    for name in names { #expect(read["\(name)_read"] == wanted["\(name)_read"], "\(name)") }
  }

  /// Obstacles to writing a version are reported before there is a model to write.
  @Test func placesAreCheckedBeforeAnythingIsLearned() throws {
    func check(_ more: [String]) throws -> Program.Result {
      try assemble(["nowhere", "--check", "--publish"] + engine + more)
    }
    let good = try check([])
    #expect(good.exitCode == 0 && good.output.isEmpty && good.errors.isEmpty, "\(good.errors)")
    let registry = ModelRegistry(folder.path("latent-models"), forms: .recommenders)
    do {
      let lock = try TrainingLock(of: registry, command: "another one")
      let beside = try check(["--judged", "nowhere-either"])
      #expect(beside.exitCode == 0 && beside.errors.isEmpty, "\(beside.errors)")
      withExtendedLifetime(lock) {}
    }
    #expect(try versions().all().isEmpty && versions().leftovers().isEmpty)
    for (arguments, words) in [
      (["--store", "sqlite:nowhere.sqlite"], "nowhere.sqlite"),
      (["--models", "latent.sqlite/models"], "latent.sqlite"),
      (
        ["--ratings-query", "select user_id, item_id, value from nowhere"], "nowhere"
      ),
      (
        ["--ratings-query", "select user_id, item_id, value from rating where value > 1000"],
        "the ratings query returns no rows"
      ),
    ] {
      let bad = try check(arguments)
      #expect(
        bad.exitCode == 1 && bad.errors.hasPrefix("error: ") && bad.errors.contains(words),
        "\(bad.errors)")
    }
    let empty = try program.run(["migrate", "--store", "sqlite:empty.sqlite"])
    try #require(empty.exitCode == 0, "\(empty.errors)")
    let without = try check(["--store", "sqlite:empty.sqlite"])
    #expect(without.exitCode == 1 && without.errors.contains(" has no ratings"))
  }

  /// Nothing is written if the files can't be read.
  @Test func whatIsWrongWithTheFilesIsSaid() throws {
    try BlockModelFiles.small.write(to: folder.path("model"))
    func failure(_ folder: String = "model", _ more: [String] = []) throws -> String {
      let result = try program.run(
        ["assemble", folder, "--engine", "x", "--factors", "2"]
          + (more.isEmpty ? ["--model", "implicit-als"] : more))
      #expect(result.exitCode == 1 && result.output.isEmpty, "\(result.errors)")
      return result.errors
    }
    #expect(try failure("nowhere").hasPrefix("error: nowhere/model.frames: "))
    #expect(
      try failure("model", ["--model", "als"])
        == "error: model/model.frames: it was trained by implicit-als, not by als. "
        + "Assemble it as implicit-als.\n")
    let other = try program.run(["assemble", "model", "--engine", "x", "--model", "implicit-als"])
    #expect(
      other.errors
        == "error: the model: it has 2 factors, and 128 were requested. Set the number of factors to 2.\n"
    )
    let path = folder.path("model/users.frames")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try whole.dropLast().write(to: URL(fileURLWithPath: path))
    #expect(try failure().contains("frame 1 of model/users.frames: it ends after "))
    var altered = whole
    altered[150] ^= 1
    try altered.write(to: URL(fileURLWithPath: path))
    #expect(try failure().contains("SHA-256"))
    var disordered = BlockModelFiles.small
    disordered.users = .integers([7, -3, 9])
    try disordered.write(to: folder.path("model"))
    #expect(try failure().contains("row 1 of user_ids is not greater than the previous one"))
    #expect(try versions().all().isEmpty)
  }

  @Test func usageIsChecked() throws {
    for (arguments, words) in [
      (["model"], "--engine"), (["--engine", "x"], "<folder>"),
      (["model", "--engine", ""], "--engine is empty"),
      (["model", "--engine", String(repeating: "x", count: 201)], "a name of up to 200 bytes"),
      (["model", "--engine", "x", "--executors", "0"], "--executors must be 1 or above"),
      (["model", "--engine", "x", "--shuffle-bytes=-1"], "--shuffle-bytes must be 0 or above"),
      (["model", "--engine", "x", "--ratings-read", "0"], "--ratings-read must be 1 or above"),
      (["model", "--engine", "x", "--training-seconds", "nan"], "--training-seconds must be 0"),
      (["model", "--engine", "x", "--split", "none", "--judged", "y"], "--judged goes with"),
      (
        ["model", "--engine", "x", "--model", "bayes"],
        "bayes can't be trained in blocks: give --model als or implicit-als."
      ),
    ] {
      let result = try program.run(["assemble"] + arguments)
      #expect(result.exitCode == 64 && result.errors.contains(words), "\(result.errors)")
    }
  }
}
