import Errors
import Foundation
import Interactions
import Learning
import TestEnvironment
import Testing
import Trainers

/// Tests that the registry is consistent with what each trainer declares.
@Suite struct TrainerRegistryTests {
  @Test func namesAreUniqueAndOldOnesFindTheSame() {
    let names = TrainerRegistry.all.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    #expect(TrainerRegistry.trainer(named: "neural") == EmbeddingMLPTrainer.self)
    #expect(TrainerRegistry.trainer(named: "dot_bias") == nil)
  }

  @Test func defaultsAreWithinTheirBoundsAndComeBackFromTheirRecord() throws {
    func check<Kind: Trainer>(_ kind: Kind.Type) throws {
      let usual = try Kind(reading: [:])
      try usual.checkOptions()
      #expect(usual.options == Kind.Options())
      #expect(try Kind(reading: usual.record).options == usual.options)
      for option in kind.optionDescriptions {
        let refused = #expect(throws: TrainingError.self) {
          try Kind(reading: [option.name: "no such value"])
        }
        #expect(refused?.code == .badOption && refused?.place == option.name)
        guard let value = option.usual else { continue }
        #expect(try Kind(reading: [option.name: value]).options == usual.options)
      }
    }
    for kind in TrainerRegistry.all { try check(kind) }
  }

  /// Records of earlier versions are compared with these, and checkpoints are found by them.
  @Test func recordsSayWhatTheyAlwaysSaid() throws {
    #expect(
      try DotBiasTrainer(reading: [:]).record == [
        "factors": "50", "epochs": "5", "learning-rate": "0.005", "weight-decay": "0.1",
        "batch": "64", "range": "auto", "exact": "false",
      ])
    #expect(
      try EmbeddingMLPTrainer(reading: ["early-stop": "3", "keep-best": "true"]).record == [
        "layers": "100,50", "epochs": "5", "learning-rate": "0.005", "weight-decay": "0.1",
        "batch": "64", "range": "auto", "early-stop": "3", "keep-best": "true",
      ])
    #expect(TrainerRegistry.currentName(of: "neural") == "embedding-mlp")
    #expect(try Popularity(reading: [:]).record == [:])
    #expect(try Popularity(reading: ["damping": "7"]).record == ["damping": "7.0"])
  }

  @Test func optionsOfOneNameAreTheSame() {
    for option in TrainerRegistry.options() {
      for trainer in option.trainers {
        let own = trainer.optionDescriptions.first { $0.name == option.description.name }
        #expect(own?.help == option.description.help)
        #expect(own?.usual.map { option.usual?.contains($0) == true } ?? true)
      }
    }
    let layers = TrainerRegistry.options().first { $0.description.name == "layers" }
    #expect(layers.map { $0.trainers.map { $0.name } } == ["embedding-mlp"])
  }

  @Test func optionsThatATrainerDoesNotHaveOrThatDoNotGoTogetherAreRefused() {
    let foreign = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(reading: ["layers": "3"])
    }
    #expect(foreign?.code == .badOption && foreign?.place == "layers")
    let together = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(reading: ["learning-rate": "10", "weight-decay": "0.1"])
    }
    #expect(together?.place == "learning-rate")
  }

  @Test func everyTrainerLearnsAndOnlyThoseThatIterateHaveAHistory() throws {
    let table = try RatingProblem.planted(users: 12, items: 9, chance: 0.7, seed: 2).table()
    for kind in TrainerRegistry.all {
      let fitted = try kind.init(reading: [:]).fit(TrainingData(training: table), in: .init())
      #expect((fitted.course != nil) == kind.capabilities.contains(.iterates))
      #expect(kind.capabilities.contains(.learningRate) == (kind is any GradientTrainer.Type))
    }
  }

  /// The README's table lists the registry's trainers.
  @Test func theReadmeListsTheTrainers() throws {
    let text = try String(contentsOfFile: ProjectFolder.path + "/README.md", encoding: .utf8)
    for kind in TrainerRegistry.all {
      let can = TrainerCapabilities.names.filter { kind.capabilities.contains($0.0) }.map(\.1)
      let options = kind.optionDescriptions.map { "`--\($0.name)`" }
      let row =
        "| `\(kind.name)` | \(kind.summary) | \(can.joined(separator: ", ")) | "
        + "\(options.joined(separator: ", ")) |"
      #expect(text.contains(row), "README.md lacks\n\(row)")
    }
  }
}
