import Foundation
import TestEnvironment
import Testing

/// Tests of `latent train` through the binary: outcomes, exit codes, and the files each run leaves behind.
struct TrainCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  func versionInService() throws -> String {
    try FileManager.default.destinationOfSymbolicLink(
      atPath: folder.path("latent-models/recommender/current"))
  }

  @Test func aBetterModelGoesInServiceAndAWorseOneExits3WithBothFigures() throws {
    #expect(try program.run(["train", "--model", "popularity", "--publish"]).exitCode == 0)
    let better = try program.run(["train", "--publish", "--unless-worse"])
    #expect(better.exitCode == 0, "\(better.errors)")
    #expect(try versionInService() == "versions/000002")

    let worse = try program.run(["train", "--model", "bias-only", "--publish", "--unless-worse"])
    #expect(worse.exitCode == 3)
    #expect(
      worse.errors.contains(#/error: .*rmse is 0\.\d+, against 0\.\d+ of the model in service/#))
    #expect(worse.output.contains("in service"))
    #expect(try versionInService() == "versions/000002")
    #expect(!worse.errors.contains("warning"))
  }

  @Test func theRatingsDecideWhichModelsAreLearnedWhereNoneIsNamed() throws {
    let trained = try program.run(["train", "--publish"])
    #expect(
      trained.errors.contains(
        "learning item-item, which ranks, and bayes, which predicts ratings: 120 items, and values are "
          + "ratings (--model chooses another)\n"), "\(trained.errors)")
    let listed = try program.run(["recommend", "--user", "1", "--format", "json"])
    #expect(listed.output.contains("\"prediction\""), "\(listed.output)")
    let shown = try program.run(["models", "show", "--format", "json"])
    #expect(shown.output.contains("\"item-item\"") && shown.output.contains("\"bayes\""))

    let meant = try program.run(["train", "--epochs", "1"])
    #expect(
      meant.errors.contains(
        "learning dot-bias: the first model that has --epochs (--model chooses"),
      "\(meant.errors)")
    let none = try program.run(["train", "--epochs", "1", "--alpha", "2"])
    #expect(none.exitCode == 64)
    #expect(
      none.errors.contains("no kind of model has all of --alpha and --epochs"), "\(none.errors)")
    let odd = try program.run(["train", "--dropout", "0.3", "--alpha", "2"])
    #expect(odd.exitCode == 1)
    #expect(
      odd.errors.contains("--alpha has no effect: for these ratings (120 items"), "\(odd.errors)"
    )
  }

  @Test func playsAreRankedAndNotPredicted() throws {
    let rows = (1...400).map { "\($0 % 40),\($0 * $0 % 17)" }
    let plays = try folder.write(
      "user,item\n" + rows.joined(separator: "\n") + "\n", to: "plays.csv")
    let store = ["--store", "sqlite:plays.sqlite"]
    #expect(try program.run(["import", plays] + store).exitCode == 0)
    let trained = try program.run(["train", "--publish", "--force"] + store)
    #expect(trained.exitCode == 0)
    #expect(
      trained.errors.contains("learning item-item: 9 items, and no ratings to predict"),
      "\(trained.errors)")
    let listed = try program.run(["recommend", "--user", "1", "--format", "json"] + store)
    let rowsListed = listed.output.split(separator: "\n").filter { $0.contains("\"rank\"") }
    #expect(rowsListed.count > 0, "\(listed.output)")
    #expect(rowsListed.allSatisfy { $0.contains("\"prediction\": null") }, "\(listed.output)")
  }

  @Test func countsAreLearnedAsTheirLogarithms() throws {
    let rows = (1...400).map { "\($0 % 40),\($0 * $0 % 17),\($0 * $0)" }
    let plays = try folder.write(
      "user,item,plays\n" + rows.joined(separator: "\n") + "\n", to: "plays.csv")
    let store = ["--store", "sqlite:counts.sqlite"]
    let imported = try program.run(
      ["import", plays, "--columns", "user=user,item=item,value=plays", "--feedback", "explicit"]
        + store)
    #expect(
      imported.errors.contains("train with --transform log1p"), "\(imported.errors)")
    let train = ["train", "--model", "bias-only", "--publish", "--force"]
    #expect(try program.run(train + store + ["--transform", "log1p"]).exitCode == 0)
    let predicted = try program.run(["predict", "--user", "1", "--item", "4", "--format", "csv"])
    let prediction = try #require(
      predicted.output.split(separator: "\n").last?.split(separator: ",").dropFirst(2).first.flatMap
      {
        Double($0)
      })
    // The prediction is in plays, of up to 160,000, not in logarithms.
    #expect(prediction > 100, "\(predicted.output)")
    let versions = try program.run(["models", "list", "--format", "json"])
    #expect(versions.output.contains("\"transform\": \"log1p\""))
    let judged = try program.run(["evaluate"] + store)
    #expect(judged.errors.contains("errors are of log(1 + value)"), "\(judged.errors)")
    let search = try program.run(["find-rate", "--transform", "log1p"] + store)
    #expect(search.exitCode == 0, "\(search.errors)")
    #expect(try program.run(["train", "--transform", "log2"]).exitCode == 64)
  }

  func results(_ options: String...) throws -> (exitCode: Int32, rows: [[String: Any]]) {
    let result = try program.run(["train", "--format", "json"] + options)
    let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return (result.exitCode, try #require(rows as? [[String: Any]]))
  }

  @Test func aModelThatComesOutTheSameChangesNothingAndATieIsPublished() throws {
    let train = ["train", "--model", "bias-only", "--publish"]
    #expect(try program.run(train).exitCode == 0)
    for options in [["--unless-worse"], []] {
      let checkpoint = try folder.write(
        "left", to: "latent-models/recommender/checkpoint.safetensors")
      let again = try program.run(train + options)
      // The checkpoint belongs to another training: a baseline writes none.
      #expect(FileManager.default.fileExists(atPath: checkpoint))
      #expect(again.errors.contains("the checkpoint of an interrupted training stays"))
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.errors.contains("nothing changed: the model is the same as version 1"))
      #expect(
        try program.run(["models", "list", "--format", "csv"]).output.count { $0 == "\n" } == 2)
    }
    // A new title changes the file but not the metrics: the corrected title must become visible.
    let titles = try folder.write("itemId,title\r\n1,A new title\r\n", to: "titles.csv")
    #expect(try program.run(["import", "--items", titles]).exitCode == 0)
    let tie = try program.run(train + ["--unless-worse"])
    #expect(tie.exitCode == 0)
    #expect(tie.errors.contains(#/put it in service: rmse is 0.*: the same/#), "\(tie.errors)")
    #expect(try versionInService() == "versions/000002")
    // A model that ties with a damaged one is all the more needed.
    try damage(2)
    #expect(try program.run(train + ["--unless-worse"]).exitCode == 0)
    #expect(try versionInService() == "versions/000003")
  }

  @Test func theNameOfVersion01StillWorksAndWhatGoesWithItIsChecked() throws {
    #expect(try program.run(["train", "--model", "dot-bias", "--publish"]).exitCode == 0)
    let worse = ["train", "--model", "popularity", "--publish"]
    let refused = try program.run(worse + ["--if-better"])
    #expect(refused.exitCode == 3)
    #expect(
      refused.errors.contains(#/: worse by 0\.\d+ \(0\.\d+ to 0\.\d+\)/#), "\(refused.errors)")
    #expect(try program.run(worse + ["--unless-worse", "--max-age", "1d"]).exitCode == 3)
    let old = try program.run(worse + ["--unless-worse", "--max-age", "0s"])
    #expect(old.exitCode == 0, "\(old.errors)")
    #expect(old.errors.contains("as the one there is older than --max-age: ndcg@10 is"))
    #expect(try program.run(worse + ["--unless-worse", "--margin", "5"]).exitCode == 0)
  }

  @Test func whatIsServedWasFittedToAllRatings() throws {
    let trained = try program.run(["train", "--model", "bias-only", "--publish"])
    #expect(trained.errors.contains(#/refitting it to all \d+ ratings/#), "\(trained.errors)")
    let shown = try program.run(["models", "show", "--format", "json"])
    #expect(shown.output.contains("\"ratings_fitted\""), "\(shown.output)")
    let once = try program.run(["train", "--model", "bias-only", "--publish", "--no-refit"])
    #expect(once.exitCode == 0 && !once.errors.contains("refitting it"))
  }

  @Test func programsReadTheVersionAndTheOutcome() throws {
    func outcome(_ answer: (exitCode: Int32, rows: [[String: Any]])) throws -> [String] {
      let row = try #require(answer.rows.first { $0["outcome"] is String })
      for other in answer.rows where other["model"] as? String != row["model"] as? String {
        #expect(other["outcome"] is NSNull && other["version"] is NSNull)
      }
      return [row["model"], row["version"], row["outcome"], answer.exitCode].map { "\($0 ?? "")" }
    }
    #expect(try outcome(results("--model", "bias-only")) == ["bias-only", "1", "written", "0"])
    #expect(
      try outcome(results("--publish", "--model", "bias-only"))
        == ["bias-only", "2", "published", "0"])
    #expect(
      try outcome(results("--publish", "--model", "bias-only"))
        == ["bias-only", "2", "unchanged", "0"])
    #expect(
      try outcome(
        results("--publish", "--unless-worse", "--model", "popularity", "--metric", "rmse"))
        == ["popularity", "3", "refused", "3"])
  }

  @Test func aModelTrainedOnAnotherSplitIsNotComparedInSilence() throws {
    #expect(try program.run(["train", "--publish", "--split-seed", "1"]).exitCode == 0)
    let result = try program.run(["train", "--publish", "--unless-worse", "--epochs", "1"])
    let told =
      #/the model in service was trained with --split random:0.2 --split-seed 1 and has learned from \d+ of the \d+/#
    #expect(result.errors.contains(told), "\(result.errors)")
    #expect(result.errors.contains("train with --split random:0.2 --split-seed 1.\n"))
    // The warning explains the outcome, so --quiet does not hide it, and the JSON output includes it.
    let (exitCode, rows) = try results(
      "--publish", "--unless-worse", "--epochs", "1", "--seed", "1", "--split-seed", "2", "--quiet")
    #expect(exitCode == 0 || exitCode == 3)
    let warnings = try #require(rows.first { $0["outcome"] is String }?["warnings"] as? [String])
    #expect(warnings.count == 1 && warnings[0].contains(told))
    let quiet = try program.run([
      "train", "--publish", "--unless-worse", "--epochs", "1", "--split-seed", "3", "--quiet",
    ])
    #expect(quiet.errors.hasPrefix("warning: the model in service was trained with --split"))
    #expect(!quiet.errors.contains("epoch 1/1"))
    // A model trained on all ratings can't be compared; the error names the remedy.
    #expect(try program.run(["train", "--publish", "--force", "--split", "none"]).exitCode == 0)
    let all = try program.run(["train", "--publish", "--unless-worse", "--epochs", "1", "--quiet"])
    let seenAll =
      #/was trained on all ratings \(--split none\) and has learned from all \d+ ratings .* leave out --unless-worse once/#
    #expect(all.errors.contains(seenAll), "\(all.errors)")
  }

  private func damage(_ version: Int) throws {
    let path = folder.path("latent-models/recommender/versions/00000\(version)/model.safetensors")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func whereTheModelInServiceIsDamagedTheGateGoesByTheOneThatStandsIn() throws {
    let train = ["train", "--model", "dot-bias", "--publish"]
    #expect(try program.run(train).exitCode == 0)
    #expect(try program.run(train + ["--seed", "1"]).exitCode == 0)
    try damage(2)
    let worse = ["train", "--model", "popularity", "--publish", "--unless-worse"]
    let refused = try program.run(worse + ["--quiet"])
    #expect(refused.exitCode == 3, "\(refused.errors)")
    #expect(refused.errors.contains("is compared with version 1, used in its place"))
    #expect(refused.errors.contains("go back with `latent models rollback`"))
    #expect(
      refused.errors.contains(#/against 0\.\d+ of version 1, used in place of the damaged model/#))
    #expect(refused.output.contains("version 1"))
    #expect(try versionInService() == "versions/000002")
    try damage(1)
    let published = try program.run(worse)
    #expect(published.exitCode == 0, "\(published.errors)")
    #expect(published.errors.contains("no earlier version is intact"))
    #expect(published.errors.contains("there is no earlier version to compare with"))
    #expect(try versionInService() == "versions/000004")
  }

  @Test func remediesActOnTheFolderAndTheNameThatWereGiven() throws {
    let elsewhere = ["--models", "my models", "--name", "films"]
    let options = "--models 'my models' --name films"
    let written = try program.run(["train", "--model", "bias-only"] + elsewhere)
    #expect(
      written.errors.contains("To put it in service: latent models promote 1 \(options)\n"),
      "\(written.errors)")
    let usual = try program.run(["train", "--model", "bias-only"])
    #expect(usual.errors.contains("To put it in service: latent models promote 1\n"))
    #expect(try program.run(["models", "promote", "1"] + elsewhere).exitCode == 0)
    let refused = try program.run(
      ["train", "--model", "popularity", "--publish", "--unless-worse", "--metric", "rmse"]
        + elsewhere)
    #expect(refused.exitCode == 3)
    #expect(refused.errors.contains("use it anyway: latent models promote 2 \(options)\n"))
    for command in [["models", "rollback"], ["models", "promote", "9"]] {
      let failed = try program.run(command + elsewhere)
      #expect(failed.exitCode == 1)
      #expect(failed.errors.contains("`latent models list \(options)`"), "\(failed.errors)")
    }
    let nope = try program.run(["recommend", "--user", "1", "--name", "nope"])
    #expect(nope.errors.contains("`latent train --publish --name nope`"), "\(nope.errors)")
    // Options set by the environment are printed too: whoever copies the command may not have that environment.
    var there = program
    there.environment["LATENT_MODELS"] = "my models"
    let failed = try there.run(["models", "rollback", "--name", "films"])
    #expect(failed.errors.contains("`latent models list \(options)`"), "\(failed.errors)")
  }

  @Test func aModelThatNothingWasHeldOutForIsSaidToBeUnjudged() throws {
    let one = try folder.write("user,item,rating\n1,1,5\n", to: "one.csv")
    #expect(try program.run(["import", one, "--store", "sqlite:one.sqlite"]).exitCode == 0)
    let result = try program.run([
      "train", "--publish", "--store", "sqlite:one.sqlite", "--model", "bias-only", "--split",
      "random:0.000001", "--quiet",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("warning: nothing was held out: the model was not judged"))
    let asked = try program.run([
      "train", "--store", "sqlite:one.sqlite", "--model", "bias-only", "--split", "none",
    ])
    #expect(asked.exitCode == 0 && !asked.errors.contains("warning"), "\(asked.errors)")
  }

  @Test func aDamagedModelInServiceIsReplacedAndNothingHeldOutIsNoJudge() throws {
    #expect(try program.run(["train", "--publish"]).exitCode == 0)
    let path = folder.path("latent-models/recommender/versions/000001/model.safetensors")
    try FileManager.default.removeItem(atPath: path)
    try Data("not a model".utf8).write(to: URL(fileURLWithPath: path))
    let nothing = try program.run(["train", "--publish", "--unless-worse", "--split", "last:1000"])
    #expect(nothing.exitCode == 1)
    #expect(nothing.errors.contains("holds out none of"))
    #expect(nothing.errors.contains("too few ratings for this split"))
    let result = try program.run(["train", "--publish", "--unless-worse"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("warning: the model in service is damaged"))
    #expect(try versionInService() == "versions/000002")
  }

  @Test func theSameDataAndSeedGiveTheSameFileWhateverTheThreads() throws {
    for threads in ["1", "2", "3"] {
      let result = try program.run(["train", "--threads", threads, "--batch", "512"])
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    let other = try program.run(["train", "--seed", "1", "--batch", "512"])
    #expect(other.exitCode == 0, "\(other.errors)")
    func model(_ version: Int) throws -> Data {
      try Data(
        contentsOf: URL(
          fileURLWithPath: folder.path(
            "latent-models/recommender/versions/00000\(version)/model.safetensors")))
    }
    #expect(try model(1) == model(2))
    #expect(try model(1) == model(3))
    #expect(try model(1) != model(4))
  }

  @Test func divergenceSaysWhereAndWhatToDoAndPublishesNothing() throws {
    #expect(try program.run(["train", "--publish"]).exitCode == 0)
    let diverged = try program.run(
      ["train", "--publish", "--learning-rate", "9", "--range", "none", "--epochs", "3"])
    #expect(diverged.exitCode == 1)
    #expect(diverged.errors.contains(#/error: epoch \d of 3, step \d+, rate .*Try a tenth/#))
    #expect(try versionInService() == "versions/000001")
    let listed = try program.run(["models", "list", "--format", "csv"])
    #expect(listed.output.split(separator: "\n").count == 2)
  }

  @Test func withoutRatingsItSaysHowToGetSome() throws {
    let empty = try TemporaryFolder()
    let noStore = try Program(in: empty.path).run(["train"])
    #expect(noStore.exitCode == 1)
    #expect(noStore.errors.contains("latent"))
    let migrated = try program.run(["migrate", "--store", "sqlite:empty.sqlite"])
    #expect(migrated.exitCode == 0, "\(migrated.errors)")
    let noRatings = try program.run(["train", "--store", "sqlite:empty.sqlite"])
    #expect(noRatings.exitCode == 1)
    #expect(noRatings.errors.contains("has no ratings") && noRatings.errors.contains("import"))
  }

  /// A search needs held-out ratings, as a comparison does. The error says which of the two was requested.
  @Test func tooFewRatingsToSearchBy() throws {
    let few = try folder.write("user,item,rating\n1,1,3\n2,1,4\n", to: "few.csv")
    let store = ["--store", "sqlite:few.sqlite"]
    #expect(try program.run(["import", few] + store).exitCode == 0)
    let result = try program.run(["train", "--tune", "1m", "--split", "none"] + store)
    #expect(result.exitCode == 1)
    #expect(
      result.errors.contains("--tune has nothing to search by. There are too few")
        && !result.errors.contains("--unless-worse"), "\(result.errors)")
  }

  @Test(arguments: [
    ["--unless-worse"], ["--split", "half"], ["--factors", "0"],
    ["--publish", "--unless-worse", "--split", "none"],
    ["--margin", "0.1"], ["--publish", "--unless-worse", "--margin", "-1"],
    ["--publish", "--max-age", "7d"], ["--publish", "--unless-worse", "--max-age", "7"],
    ["--publish", "--unless-worse", "--max-age", "99999d"],
    ["--metric", "loss"], ["--learning-rate", "nan"], ["--model", "oracle"], ["--range", "5..1"],
  ])
  func badOptionsAreUsageErrors(_ options: [String]) throws {
    let result = try program.run(["train"] + options)
    #expect(result.exitCode == 64, "\(options): \(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("latent-models")))
  }

  @Test func aPeriodWithoutAUnitIsToldItsUnits() throws {
    for period in ["7", "d", "1.5h", "-2d", "7 d"] {
      let result = try program.run(["train", "--publish", "--unless-worse", "--max-age=\(period)"])
      #expect(result.exitCode == 64)
      #expect(
        result.errors.contains("give a whole number with a unit, such as 7d, 7h or 7m"),
        "\(result.errors)")
    }
  }

  @Test func aQueryWithoutRowsIsNotToldToImport() throws {
    let result = try program.run(["train", "--ratings-query", "select 1, 2 where 1 = 2"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("the ratings query returns no rows"))
    #expect(!result.errors.contains("latent import"))
  }

  @Test func optionsThatTheTrainerDoesNotHaveAreRefused() throws {
    let result = try program.run(["train", "--model", "popularity", "--factors", "9", "--exact"])
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("--exact and --factors would do nothing"))
    #expect(try program.run(["train", "--model", "bias-only", "--seed", "4"]).exitCode == 0)
  }

  @Test func aRangeThatDoesNotFitTheRatingsIsToldOrRefused() throws {
    let order = try program.run(["train", "--range", "5..1"])
    #expect(order.exitCode == 64 && order.errors.contains("LOW below HIGH"))
    let apart = try program.run(["train", "--range", "100..200"])
    #expect(apart.exitCode == 1 && apart.errors.contains("contains none of the ratings"))
    for (range, what) in [("2..3", "excludes some"), ("0..1000", "far wider")] {
      let odd = try program.run(["train", "--range", range, "--epochs", "1"])
      #expect(odd.exitCode == 0 && odd.errors.contains("warning: --range \(range.prefix(1))"))
      #expect(odd.errors.contains(what))
    }
    let fit = try program.run(["train", "--range", "0..6", "--epochs", "1"])
    #expect(fit.exitCode == 0 && !fit.errors.contains("warning"))
  }

  @Test func aSecondTrainingSaysWhoHoldsTheLock() throws {
    // The first training blocks while reading ratings: its query is practically endless.
    let endless =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000) "
      + "select i % 1000, i / 1000, 1 from n"
    let first = try program.start(["train", "--ratings-query", endless])
    let lock = folder.path("latent-models/.training.lock")
    while (try? Data(contentsOf: URL(fileURLWithPath: lock)))?.last != UInt8(ascii: "\n") {}
    let second = try program.run(["train"])
    #expect(second.exitCode == 1)
    #expect(second.errors.contains("process \(first.identifier)"))
    first.send(SIGKILL)
    _ = first.finish()
    #expect(try program.run(["train"]).exitCode == 0)
  }
}
