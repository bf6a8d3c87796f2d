import Errors
import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Removing a person from everything in a registry.
struct ModelScrubberTests {
  let folder: TemporaryFolder
  let registry: ModelRegistry

  init() throws {
    folder = try TemporaryFolder()
    registry = ModelRegistry(folder.path("models"), forms: [TestModel.form])
    for (name, users) in [("recommender", ["anna", "bert"]), ("other", ["bert", "carl"])] {
      let publisher = try Publisher(of: ModelName(name), in: registry, command: "test")
      for number in [Float(1), 2] {
        let staged = try publisher.stage(TestModel.Contents([number], names: users))
        try publisher.promote(staged.commit(RegistryFixture.run()).version)
      }
    }
  }

  private func versions(_ name: String) throws -> ModelVersions {
    registry.versions(of: try ModelName(name))
  }

  private func scrub(_ user: String) throws -> ModelScrubber.Outcome {
    let scrubber = try ModelScrubber(of: registry, command: "test")
    return scrubber.scrub(user, from: try registry.traces(of: user))
  }

  private func files() throws -> [Data] {
    let walk = try #require(FileManager.default.enumerator(atPath: registry.folder))
    return walk.compactMap { $0 as? String }.compactMap {
      FileManager.default.contents(atPath: registry.folder + "/" + $0)
    }
  }

  private func standsInAFile(_ text: String) throws -> Bool {
    try files().contains { $0.firstRange(of: Data(text.utf8)) != nil }
  }

  @Test func tracesNameWhatHoldsThePerson() throws {
    let anna = try registry.traces(of: "anna")
    #expect(anna.versions.map(\.version) == [1, 2])
    #expect(anna.versions.map(\.status) == [.rollback, .inService])
    #expect(try registry.traces(of: "bert").versions.map(\.name.text).sorted().count == 4)
    #expect(try registry.traces(of: "nobody").isEmpty)
    let checkpoint = try versions("third").checkpointPath()
    try Data("x".utf8).write(to: URL(fileURLWithPath: checkpoint))
    #expect(try registry.traces(of: "anna").checkpoints.map(\.text) == ["third"])
  }

  @Test func thePersonIsInNoFileAndAllOthersAreServedAsBefore() throws {
    #expect(try standsInAFile("anna"))
    let outcome = try scrub("anna")
    #expect(outcome.replaced.map(\.replacement) == [3, 4])
    #expect(try !standsInAFile("anna"))
    let recommender = try versions("recommender")
    #expect(try recommender.all() == [3, 4] && recommender.current() == 4)
    let after = try #require(try recommender.open(4) as? TestModel)
    #expect(after.contents.numbers == [2] && after.contents.names == ["bert"])
    #expect(try recommender.rollback().to == 3)
    #expect(try versions("other").all() == [1, 2])
    #expect(try scrub("anna").replaced.isEmpty)
  }

  @Test func everyNameIsScrubbedAndEveryCheckpointGoes() throws {
    let checkpoint = try versions("third").checkpointPath()
    try Data("x".utf8).write(to: URL(fileURLWithPath: checkpoint))
    let outcome = try scrub("bert")
    #expect(outcome.replaced.count == 4 && outcome.checkpoints.map(\.text) == ["third"])
    #expect(!FileManager.default.fileExists(atPath: checkpoint))
    #expect(try !standsInAFile("bert"))
    for name in ["recommender", "other"] { #expect(try versions(name).current() == 4) }
  }

  @Test func whatAKilledCommandLeftIsFoundAndGoes() throws {
    let staged = "\(registry.folder)/recommender/staging/version-1-1"
    try FileManager.default.createDirectory(atPath: staged, withIntermediateDirectories: true)
    _ = try TestModel.Contents([1], names: ["zoe"]).write(to: staged + "/model.safetensors")
    #expect(try registry.traces(of: "zoe").leftovers == [staged])
    #expect(try standsInAFile("zoe"))
    _ = try scrub("zoe")
    #expect(try !standsInAFile("zoe"))
  }

  @Test func aDamagedVersionIsNamedAndTheOthersAreScrubbed() throws {
    let path = try versions("recommender").modelPath(of: 1)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
    let outcome = try scrub("anna")
    #expect(outcome.unreadable.map(\.version.version) == [1])
    #expect(outcome.replaced.map(\.version.version) == [2])
    #expect(try versions("recommender").current() == 3)
  }

  @Test func aVersionThatCannotBeReplacedKeepsNoOther() throws {
    let scrubber = try ModelScrubber(of: registry, command: "test")
    let traces = try registry.traces(of: "bert")
    // A file occupies the path where the replacement would be created.
    let staging = "\(registry.folder)/other/staging"
    try FileManager.default.removeItem(atPath: staging)
    try Data().write(to: URL(fileURLWithPath: staging))
    let outcome = scrubber.scrub("bert", from: traces)
    #expect(outcome.failures.count == 2)
    for failure in outcome.failures {
      guard case .version(let version) = failure.holder else { continue }
      #expect(version.name.text == "other")
    }
    #expect(outcome.replaced.map(\.version.name.text) == ["recommender", "recommender"])
    #expect(try versions("recommender").current() == 4 && versions("other").current() == 2)
  }

  @Test func aNameBehindALinkIsFound() throws {
    let elsewhere = try TemporaryFolder()
    let place = "\(registry.folder)/other"
    try FileManager.default.moveItem(atPath: place, toPath: elsewhere.path("other"))
    try FileManager.default.createSymbolicLink(
      atPath: place, withDestinationPath: elsewhere.path("other"))
    #expect(try registry.allNames() == registry.names())
    #expect(try registry.traces(of: "carl").versions.count == 2)
  }

  @Test func nothingIsDoneWhileATrainingIsUnderWay() throws {
    let publisher = try Publisher(of: .usual, in: registry, command: "test")
    #expect(throws: ModelFileError.self) { try ModelScrubber(of: registry, command: "test") }
    withExtendedLifetime(publisher) {}
    #expect(try standsInAFile("anna"))
  }
}
