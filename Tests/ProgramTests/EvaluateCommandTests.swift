import Foundation
import TestEnvironment
import Testing

/// Tests of `latent evaluate` and `latent compare` through the binary.
struct EvaluateCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func rows(_ arguments: [String]) throws -> [[String: Any]] {
    let result = try program.run(arguments + ["--format", "json"])
    try #require(result.exitCode == 0, "\(result.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(json as? [[String: Any]])
  }

  /// The metrics reported by a training are reproduced, although the served model was trained on all ratings.
  @Test func aVersionIsJudgedByWhatItHasNotSeen() throws {
    let trained = try rows(["train", "--model", "bias-only", "--publish", "--quiet"])
    let evaluated = try rows(["evaluate"])
    let byName = Dictionary(
      uniqueKeysWithValues: evaluated.map { ($0["metric"] as? String ?? "", $0) })
    for name in ["rmse", "ndcg@10", "recall@20"] {
      let model = try #require(trained.first { $0["model"] as? String == "bias-only" })
      let before = try #require(model[name] as? Double)
      let now = try #require(byName[name]?["value"] as? Double)
      #expect(abs(before - now) < 1e-9)
      let low = try #require(byName[name]?["low"] as? Double)
      let high = try #require(byName[name]?["high"] as? Double)
      #expect(low < now && now < high)
    }
    #expect(evaluated.allSatisfy { $0["version"] as? Int == 1 })
    let told = try program.run(["evaluate"])
    #expect(
      told.errors.contains(
        #/evaluating version 1 of recommender, bias-only, on \d+ held-out ratings of/#))
    #expect(told.output.contains(#/slice +held out +metric +version 1 /#), "\(told.output)")
    #expect(byName["precision@10"] != nil && byName["rmse"]?["popularity"] is Double)

    let sliced = try rows(["evaluate", "1", "--slices", "--by", "genre"])
    let slices = Set(sliced.compactMap { $0["slice"] as? String })
    #expect(slices.contains("rare items") && slices.contains { $0.hasPrefix("genre=") })
    let unknown = try program.run(["evaluate", "--by", "colour"])
    #expect(unknown.exitCode == 1 && unknown.errors.contains("attribute 'colour'"))
  }

  @Test func twoVersionsAreComparedByTheSameUsers() throws {
    for model in ["bias-only", "popularity"] {
      #expect(try program.run(["train", "--model", model, "--quiet"]).exitCode == 0)
    }
    let compared = try rows(["compare", "1", "2"])
    let rmse = try #require(compared.first { $0["metric"] as? String == "rmse" })
    #expect(rmse["better"] as? String == "version 1")
    #expect(try #require(rmse["low"] as? Double) > 0)
    let turned = try rows(["compare", "2", "1"])
    let other = try #require(turned.first { $0["metric"] as? String == "rmse" })
    #expect(
      abs(
        try #require(rmse["difference"] as? Double) + #require(other["difference"] as? Double))
        < 1e-12)
    let same = try rows(["compare", "1", "1"])
    #expect(same.allSatisfy { $0["better"] is NSNull })
  }

  /// A report is written in addition to the table, with the curves of the training.
  @Test func aReportIsWrittenBesideTheTable() throws {
    let trained = try program.run(
      [
        "train", "--model", "implicit-als", "--predictor", "bayes", "--sweeps", "5", "--publish",
        "--force",
      ])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    let path = folder.path("report.html")
    let result = try program.run(["evaluate", "--report", path, "--by", "genre"])
    try #require(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("ndcg@10") && result.errors.contains("wrote \(path)"))
    let page = try String(contentsOfFile: path, encoding: .utf8)
    for text in [
      "<title>recommender, version 1</title>", "implicit-als and bayes", "<h2>Training</h2>",
      "<h3>bayes</h3>", "<h2>A map of items</h2>", "genre=", "</html>",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(page.contains("the mean width is"))
    // The predictor reports intervals, for all ratings and for each slice.
    let intervals = try rows(["evaluate", "--slices"]).filter {
      $0["metric"] as? String == "inInterval@90"
    }
    #expect(Set(intervals.compactMap { $0["slice"] as? String }).count > 2)
    let all = try #require(intervals.first { $0["slice"] as? String == "all" })
    let share = try #require(all["value"] as? Double)
    #expect(share > 0.5 && share <= 1 && all["popularity"] is NSNull)
    #expect(try #require(all["low"] as? Double) <= share)
    for place in [folder.path, folder.path("missing/report.html")] {
      let refused = try program.run(["evaluate", "--report", place])
      #expect(refused.exitCode == 1 && refused.errors.contains("\(place)"), "\(refused.errors)")
    }
    let other = try folder.write("user,item\n1,2\n", to: "pairs.csv")
    let kept = try program.run(["evaluate", "--report", other])
    #expect(kept.exitCode == 1 && kept.errors.contains("does not end in .html"), "\(kept.errors)")
    #expect(try String(contentsOfFile: other, encoding: .utf8).hasPrefix("user,item"))
    let typo = try program.run(["evaluate", "--by", "gener"])
    #expect(typo.exitCode == 1 && typo.errors.contains("Did you mean genre?"), "\(typo.errors)")
  }

  /// A kind of model is evaluated without a version, and none is written.
  @Test func aKindOfModelIsJudgedByFolds() throws {
    let judged = try rows(
      [
        "evaluate", "--model", "implicit-als", "--predictor", "bias-only", "--factors", "4",
        "--folds", "3",
      ])
    let byName = Dictionary(
      uniqueKeysWithValues: judged.map { ($0["metric"] as? String ?? "", $0) })
    for name in ["rmse", "ndcg@10", "precision@10"] {
      let row = try #require(byName[name])
      let value = try #require(row["value"] as? Double)
      #expect(try #require(row["low"] as? Double) < value)
      #expect(try #require(row["high"] as? Double) > value)
      #expect(try #require(row["lowest_fold"] as? Double) <= value)
      #expect(try #require(row["highest_fold"] as? Double) >= value)
      #expect(row["popularity"] is Double && row["bias-only"] == nil)
    }
    #expect(byName["inInterval@90"] == nil)
    let told = try rows(["evaluate", "--model", "bayes", "--sweeps", "4", "--folds", "2"])
    let share = try #require(told.first { $0["metric"] as? String == "inInterval@90" })
    let value = try #require(share["value"] as? Double)
    #expect(value > 0.5 && value <= 1 && share["popularity"] is NSNull)
    #expect(try #require(share["lowest_fold"] as? Double) <= value)
    #expect(try #require(share["highest_fold"] as? Double) >= value)
    #expect(try #require(share["low"] as? Double) < value)
    #expect(try program.run(["models", "list"]).output.contains("ndcg@10") == false)
    let usual = try program.run(["evaluate", "--model", "popularity"])
    #expect(usual.exitCode == 0 && usual.errors.contains("fold 5 of 5"))
    for wrong in [
      ["--folds", "1"], ["--folds", "101"], ["1", "--folds", "3"], ["--slices", "--folds", "3"],
      ["--model", "popularity", "--factors", "3"], ["--seed", "1"],
      ["--report", "x", "--folds", "3"],
    ] {
      #expect(try program.run(["evaluate"] + wrong).exitCode == 64, "\(wrong)")
    }
  }

  @Test func ratingsOfAnotherStoreAreToldApart() throws {
    _ = try rows(["train", "--model", "bias-only", "--publish"])
    let ratings = (0..<40).map { "u\($0 % 8),i\($0 / 8),\(1 + $0 % 5)\n" }.joined()
    try folder.write("user,item,rating\n" + ratings, to: "others.csv")
    let store = ["--store", "sqlite:other.sqlite"]
    #expect(try program.run(["import", "others.csv"] + store).exitCode == 0)
    let own = try program.run(["evaluate"])
    #expect(own.exitCode == 0 && !own.errors.contains("knows none"), "\(own.errors)")
    let foreign = try program.run(["evaluate"] + store)
    #expect(
      foreign.errors.contains("version 1 knows none of the users, or none of the items"),
      "\(foreign.errors)")
  }

  @Test func whatCannotBeJudgedIsSaid() throws {
    #expect(
      try program.run(["train", "--model", "bias-only", "--split", "none"]).exitCode == 0)
    let all = try program.run(["evaluate", "1"])
    #expect(all.exitCode == 1 && all.errors.contains("version 1 was trained on all ratings"))
    let none = try program.run(["evaluate"])
    #expect(none.exitCode == 1 && none.errors.contains("in service"))
    let missing = try program.run(["compare", "1", "9"])
    #expect(missing.exitCode == 1 && missing.errors.contains("there is no version 9"))
    #expect(
      try program.run(["train", "--model", "bias-only", "--split-seed", "4"]).exitCode == 0)
    #expect(try program.run(["train", "--model", "bias-only"]).exitCode == 0)
    let other = try program.run(["compare", "2", "3"])
    #expect(other.exitCode == 0)
    #expect(
      other.errors.contains(
        #/warning: version 3 was trained with --split random:0.2 and has learned from \d+ of the \d+/#
      ),
      "\(other.errors)")
  }
}
