import Foundation
import TestEnvironment
import Testing

/// Tests of `latent find-rate`, and of the training progress that `latent train` shows, through the binary.
struct LearningCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    let result = try program.run(["import", ProjectFolder.fixture("catalogue")])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func isThere(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.path(name))
  }

  @Test(arguments: ["dot-bias", "neural"]) func findRateSuggestsFourRates(_ model: String) throws {
    let command = ["find-rate", "--model", model, "--format", "csv"]
    let result = try program.run(command + ["--plot", "-"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map { $0.split(separator: ",") }
    let kind = model == "neural" ? "embedding-mlp" : model
    #expect(result.errors.contains("looking for a learning rate for \(kind)\n"))
    #expect(lines.map { $0[1] } == ["suggestion", "steepest", "minimum", "valley", "slide"])
    for line in lines.dropFirst() {
      #expect(line[0] == kind)
      #expect((1e-7...10).contains(try #require(Double(line[2]))))
    }
    // Rounded to three digits for people.
    let table = try program.run(["find-rate", "--quiet"]).output
    for line in table.split(separator: "\n").dropFirst() {
      let digits = line.filter(\.isNumber).drop { $0 == "0" }
      #expect(digits.count == 3, "\(line)")
    }
    for expected in ["Search for a learning rate", "learning rate", "A steepest", "C valley"] {
      #expect(result.errors.contains(expected), "\(result.errors)")
    }
    // The command keeps nothing.
    #expect(!isThere("latent-models"))
    #expect(try program.run(command).output == result.output)
  }

  @Test(arguments: ["dot-bias", "neural"])
  func trainingIsLoggedDrawnAndStoppedEarly(_ model: String) throws {
    let result = try program.run([
      "train", "--model", model, "--epochs", "60", "--weight-decay", "0", "--early-stop", "2",
      "--keep-best", "--log", "log.csv", "--plot", "-",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    let log = try String(contentsOfFile: folder.path("log.csv"), encoding: .utf8)
    let lines = log.split(separator: "\n")
    #expect(lines.first == "epoch,train_loss,valid_loss,seconds")
    #expect((4..<60).contains(lines.count), "\(lines.count) epochs")
    let last = lines.count - 1
    #expect(
      result.errors.contains("stopped after epoch \(last): no better since epoch \(last - 2)"))
    #expect(result.errors.contains("kept the model of epoch \(last - 2)"))
    for expected in ["Losses", "training", "validation", "Learning rate", "Momentum"] {
      #expect(result.errors.contains(expected))
    }
  }

  /// Each model is named in the output, and has its own log.
  @Test func twoModelsAreWatchedApart() throws {
    let result = try program.run([
      "train", "--model", "implicit-als", "--predictor", "bayes", "--sweeps", "6", "--factors", "4",
      "--log", "logs.d/fit.csv",
    ])
    #expect(result.exitCode == 1 && result.errors.contains("logs.d/fit.csv"))
    try FileManager.default.createDirectory(
      atPath: folder.path("logs.d"), withIntermediateDirectories: false)
    let whole = try program.run([
      "train", "--model", "implicit-als", "--predictor", "bayes", "--sweeps", "6", "--factors", "4",
      "--log", "logs.d/fit.csv",
    ])
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let places = [
      "learning implicit-als\n", "sweep 6/6", "learning bayes\n", "refitting implicit-als to",
      "refitting bayes to",
    ].map { whole.errors.firstRange(of: $0)?.lowerBound }
    #expect(
      places.allSatisfy { $0 != nil }
        && places.compactMap(\.self) == places.compactMap(\.self).sorted())
    for name in ["fit", "fit-bayes"] {
      let log = try String(contentsOfFile: folder.path("logs.d/\(name).csv"), encoding: .utf8)
      #expect(log.split(separator: "\n").count == 7, "\(log)")
    }
    #expect(whole.errors.contains(#/fitted to all \d+ ratings in [\d.]+ s/#))
  }

  @Test func namesThatAreNearlyRightAreSuggested() throws {
    for (arguments, suggestion) in [
      (["--model", "dotbias"], "Did you mean dot-bias?"),
      (["--model", "als-or-so"], "There are: dot-bias, "),
      (["--schedule", "onecycle"], "Did you mean one-cycle?"),
    ] {
      let result = try program.run(["train"] + arguments)
      #expect(result.exitCode == 64 && result.errors.contains(suggestion), "\(result.errors)")
    }
  }

  @Test func aSearchChecksTheRangeToo() throws {
    let none = try program.run(["find-rate", "--range", "50..60"])
    #expect(none.exitCode == 1, "\(none.errors)")
    #expect(none.errors.contains("error: --range 50.0..60.0 contains none of the ratings"))
    let narrow = try program.run(["find-rate", "--range", "2..4"])
    #expect(narrow.exitCode == 0 && narrow.errors.contains("warning: --range"), "\(narrow.errors)")
  }

  /// Options shared by several trainers appear once, under all their names, with their bounds.
  @Test func helpGroupsOptionsByTheTrainersThatHaveThem() throws {
    let help = try program.run(["train", "--help"]).output
    #expect(help.contains("OPTIONS OF DOT-BIAS, EMBEDDING-MLP:"), "\(help)")
    #expect(help.components(separatedBy: "  --batch ").count == 2 && !help.contains("Also of"))
    let flat = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      flat.contains(
        "Passes over the training ratings. (default: 5; a whole number from 1 to 100000)"))
    let search = try program.run(["find-rate", "--help"]).output
    #expect(search.contains("--batch ") && search.contains("--factors "))
    for absent in ["--damping", "--schedule", "--epochs", "--learning-rate ", "--keep-best"] {
      #expect(!search.contains("  \(absent)"), "\(absent)")
    }
  }

  @Test func withoutGnuplotTheTerminalIsNamed() throws {
    var bare = program
    bare.environment["PATH"] = folder.path
    for command in [["train", "--plot", "plot.png"], ["find-rate", "--plot", "plot.svg"]] {
      let result = try bare.run(command)
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("gnuplot-nox"), "\(result.errors)")
    }
    for command in ["train", "find-rate"] {
      let wrong = try program.run([command, "--plot", "plot.gif"])
      #expect(wrong.exitCode == 64 && wrong.errors.contains(".svg"), "\(wrong.errors)")
    }
    #expect(!isThere("plot.png"))
  }

  @Test func aPictureThatFailsCostsNoModel() throws {
    let early = try program.run(["train", "--plot", "no/such/plot.png"])
    #expect(early.exitCode == 1 && early.errors.contains("plot.png"), "\(early.errors)")
    #expect(!isThere("latent-models/recommender/versions/000001"))
    // A folder of that name is noticed only once the picture exists.
    try FileManager.default.createDirectory(
      atPath: folder.path("plot.png"), withIntermediateDirectories: false)
    let late = try program.run(["train", "--quiet", "--plot", "plot.png"])
    #expect(late.exitCode == 0, "\(late.errors)")
    #expect(late.errors.contains("warning: losses and schedule are not drawn"), "\(late.errors)")
    #expect(isThere("latent-models/recommender/versions/000001"))
  }

  @Test func aSearchTellsWhatItTriedAndRecordsIt() throws {
    let tuned = try program.run(["train", "--tune", "3s", "--dropout", "0.4", "--sweeps", "30"])
    #expect(tuned.exitCode == 0, "\(tuned.errors)")
    #expect(tuned.errors.contains("searching regularization of item-item\n"), "\(tuned.errors)")
    #expect(tuned.errors.contains("searching factors and features of bayes\n"))
    #expect(tuned.errors.contains(#/tried the defaults: ndcg@10 0\.\d{4}, /#))
    #expect(
      tuned.errors.contains(
        #/(kept the defaults|chose --.*) of item-item(: nothing was better)? after \d+ trials/#))
    #expect(tuned.errors.contains(#/(kept the defaults|chose --.*) of bayes/#))
    let shown = try program.run(["models", "show", "1"])
    #expect(shown.output.contains("tried item-item") && shown.output.contains("tried bayes"))
    #expect(try program.run(["train", "--tune", "soon"]).exitCode == 64)
    // The metric is not a mean over users, so chance differences can't be told.
    let noGate = try program.run(["train", "--publish", "--metric", "coverage@10"])
    #expect(noGate.exitCode == 64 && noGate.errors.contains("ndcg@10"), "\(noGate.errors)")
    for (options, reason) in [
      (
        ["popularity"], "--tune has nothing to search: popularity has no options to search"
      ),
      (
        ["item-item", "--regularization", "100", "--dropout", "0.3"],
        "--tune has nothing to search: every option of item-item that it would search is given"
      ),
    ] {
      let idle = try program.run(["train", "--tune", "1m", "--model"] + options)
      #expect(idle.exitCode == 0 && idle.errors.contains(reason), "\(idle.errors)")
    }
    #expect(!isThere("latent-models/recommender/tuning.json"))
  }

  @Test(arguments: [
    ["find-rate", "--model", "popularity"], ["train", "--model", "bias-only", "--resume"],
    ["train", "--model", "popularity", "--keep-best"], ["train", "--early-stop", "0"],
    ["train", "--early-stop", "2", "--split", "none"],
    ["train", "--layers", "20,10", "--damping", "3"],
    [
      "train", "--model", "item-item", "--predictor", "bayes", "--early-stop", "2", "--split",
      "none",
    ],
    ["train", "--model", "popularity", "--layers", "20"],
    ["find-rate", "--model", "dot-bias", "--layers", "20"],
    ["train", "--learning-rate", "50"], ["find-rate", "--schedule", "cosine"],
    ["find-rate", "--keep-best"], ["find-rate", "--damping", "3"], ["train", "--model", "dotbias"],
  ])
  func badOptionsAreUsageErrors(_ arguments: [String]) throws {
    let result = try program.run(arguments)
    #expect(result.exitCode == 64, "\(arguments): \(result.errors)")
  }
}
