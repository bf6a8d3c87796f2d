import Daemon
import Errors
import Foundation
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// A number does not identify a model: the version served is the one whose digest is in the manifest.
struct ModelIdentityTests {
  let models: PublishedModels

  init() throws { models = try PublishedModels() }

  /// Returns a prediction of the model, which tells versions apart here.
  func prediction(of finding: ModelWatcher.Finding) throws -> String {
    guard case .opened(let model) = finding else {
      Issue.record("\(finding)")
      return ""
    }
    var conversation = Conversation(about: model, version: "0")
    return conversation.answer("PREDICT 1 10\n")
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  @Test func aModelTrainedAnewUnderTheSameNumberIsTakenUp() throws {
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1 && watcher.check().isUnchanged)
    try remove(models.folder.path("recommender"))
    #expect(
      watcher.look().failure?.withoutPaths
        == "`current`: it was removed after version 1 was loaded")
    #expect(watcher.look().isUnchanged)
    #expect(try models.publish(Catalogue.contents(shift: 1)) == 1)
    #expect(try prediction(of: watcher.look()).contains("\"version\":1,\"prediction\":5.0"))
    #expect(watcher.look().isUnchanged)
  }

  @Test func aVersionsFolderThatIsReplacedIsTakenUp() throws {
    try models.publish(Catalogue.contents())
    let others = try PublishedModels()
    try others.publish(Catalogue.contents(shift: 2))
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1 && watcher.check().isUnchanged)
    let folder = models.folder.path("recommender/versions/000001")
    try FileManager.default.moveItem(atPath: folder, toPath: models.folder.path("old"))
    try FileManager.default.moveItem(
      atPath: others.folder.path("recommender/versions/000001"), toPath: folder)
    #expect(try prediction(of: watcher.look()).contains("\"prediction\":6.0"))
    #expect(watcher.look().isUnchanged)
  }

  /// The version was only opened at the start, and is replaced before it was read through.
  @Test func aVersionThatIsReplacedBeforeItIsCheckedIsTakenUp() throws {
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1)
    try remove(models.folder.path("recommender"))
    try models.publish(Catalogue.contents(shift: 1))
    #expect(watcher.check().isUnchanged)
    #expect(try prediction(of: watcher.look()).contains("\"prediction\":5.0"))
  }

  @Test func theSameModelUnderAnotherNumberIsAnotherVersion() throws {
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1 && watcher.check().isUnchanged)
    try models.publish(Catalogue.contents())
    #expect(try prediction(of: watcher.look()).contains("\"version\":2"))
  }

  @Test func filesThatAreTouchedAreReadOnceAndNothingIsNew() throws {
    let contents = Catalogue.random(userCount: 2000, itemCount: 20_000, factorCount: 50, seed: 5)
    try models.publish(contents)
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1 && watcher.check().isUnchanged)
    func faults(ofLooks count: Int) -> Int {
      let before = PageFaults.count
      for _ in 0..<count { #expect(watcher.look().isUnchanged) }
      return PageFaults.count - before
    }
    // The file has more than a thousand pages.
    #expect(faults(ofLooks: 100) < 200)
    let path = models.versions.modelPath(of: 1)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(watcher.look().isUnchanged)
    #expect(faults(ofLooks: 100) < 200)
  }

  @Test func whatIsAlteredInPlaceIsGoneBackFrom() throws {
    for shift in 0..<2 { try models.publish(Catalogue.contents(shift: Float(shift))) }
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 2 && watcher.check().isUnchanged)
    let path = models.versions.modelPath(of: 2)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let place = try #require(bytes.range(of: Data("Night Train".utf8)))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(place.lowerBound))
    try file.write(contentsOf: Data("F".utf8))
    try file.close()
    let finding = watcher.look()
    #expect(finding.version == 1 && finding.problem?.contains("its SHA-256 is") == true)
    #expect(watcher.look().isUnchanged)
  }

  /// The mapped file is unchanged, whatever file takes its name.
  @Test func whatIsServedStaysWhenADamagedFileTakesItsPlace() throws {
    for shift in 0..<2 { try models.publish(Catalogue.contents(shift: Float(shift))) }
    var watcher = ModelWatcher(models.versions)
    // While it is mapped, no other file gets its inode.
    let opened = watcher.open()
    defer { withExtendedLifetime(opened) {} }
    #expect(opened.version == 2 && watcher.check().isUnchanged)
    let path = models.versions.modelPath(of: 2)
    let good = try Data(contentsOf: URL(fileURLWithPath: path))
    try remove(path)
    #expect(watcher.look().failure?.error.code == .missing)
    try Data("not a model".utf8).write(to: URL(fileURLWithPath: path))
    #expect(watcher.look().failure?.error.code == .truncated)
    #expect(watcher.look().isUnchanged)
    try remove(path)
    try good.write(to: URL(fileURLWithPath: path))
    #expect(watcher.look().version == 2)
  }

  /// A fallback version whose file is replaced, for example because a person was forgotten, is no longer served.
  @Test func aStandInThatIsReplacedIsChosenAnew() throws {
    for shift in 0..<3 { try models.publish(Catalogue.contents(shift: Float(shift))) }
    var watcher = ModelWatcher(models.versions)
    let path = models.versions.modelPath(of: 3)
    try remove(path)
    try Data("not a model".utf8).write(to: URL(fileURLWithPath: path))
    #expect(watcher.open().version == 2 && watcher.check().isUnchanged)
    // Once read through, it is recognised as different from what was published.
    #expect(watcher.look().failure?.version == 3)
    #expect(watcher.look().isUnchanged)
    try remove(models.folder.path("recommender/versions/000002"))
    #expect(watcher.look().version == 1)
    #expect(watcher.look().isUnchanged)
  }
}
