import Daemon
import Foundation
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// Which version the daemon serves as the registry changes or is damaged.
struct ModelWatcherTests {
  let models: PublishedModels

  init() throws { models = try PublishedModels() }

  /// Replaces a version's file by `contents`.
  func replace(_ version: Int, with contents: Data) throws {
    let path = models.versions.modelPath(of: version)
    try FileManager.default.removeItem(atPath: path)
    try contents.write(to: URL(fileURLWithPath: path))
  }

  func contents(of version: Int) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: models.versions.modelPath(of: version)))
  }

  /// Changes a title, which no header and no check of numbers reveals.
  func alter(_ version: Int) throws {
    var bytes = try contents(of: version)
    let place = try #require(bytes.range(of: Data("Night Train".utf8)))
    bytes[place.lowerBound] = UInt8(ascii: "F")
    try replace(version, with: bytes)
  }

  @Test func findsEachPublishedVersionOnce() throws {
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == nil && watcher.check().version == nil)
    #expect(watcher.look().version == nil)
    try models.publish(Catalogue.contents())
    #expect(watcher.look().version == 1)
    #expect(watcher.look().version == nil)
    _ = try models.write(Catalogue.contents(shift: 1))
    #expect(watcher.look().version == nil)
    try models.versions.promote(2)
    #expect(watcher.look().version == 2)
    _ = try models.versions.rollback()
    #expect(watcher.look().version == 1)
  }

  @Test func saysOnceThatAVersionDoesNotOpenAndTakesItUpWhenItDoes() throws {
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1)
    #expect(watcher.check().problem == nil)
    let broken = try models.write(Catalogue.contents())
    let good = try contents(of: broken)
    try models.versions.promote(broken)
    try replace(broken, with: Data("not a model".utf8))
    let problem = try #require(watcher.look().failure)
    #expect(problem.description.contains("model.safetensors"))
    #expect(problem.withoutPaths.hasPrefix("version 2: ") && !problem.withoutPaths.contains("/"))
    guard case .unchanged = watcher.look() else {
      Issue.record("the same problem was found twice")
      return
    }
    try replace(broken, with: good)
    #expect(watcher.look().version == 2)
  }

  @Test func anAlteredVersionIsNotTakenUpUntilItIsMended() throws {
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1)
    try models.publish(Catalogue.contents(shift: 1))
    let good = try contents(of: 2)
    try alter(2)
    #expect(watcher.look().failure?.withoutPaths.hasPrefix("version 2: its SHA-256 is") == true)
    #expect(watcher.look().problem == nil)
    try replace(2, with: good)
    #expect(watcher.look().version == 2)
  }

  @Test func aVersionWithNumbersThatAreNoneIsNotTakenUp() throws {
    try models.publish(Catalogue.contents())
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1)
    var damaged = Catalogue.contents()
    damaged.tables.itemBiases[2] = .nan
    try models.publishUnchecked(damaged)
    #expect(watcher.look().problem?.contains("row 2 of item_biases holds nan") == true)
    _ = try models.versions.rollback()
    guard case .recovered = watcher.look() else {
      Issue.record("it is not said that the version in service is the right one again")
      return
    }
  }

  @Test func whatWasOpenedAtTheStartIsCheckedAndGoneBackFrom() throws {
    for shift in 0..<4 { try models.publish(Catalogue.contents(shift: Float(shift))) }
    try alter(3)
    try alter(4)
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 4)
    let finding = watcher.check()
    #expect(finding.version == 2)
    #expect(finding.problem?.contains("000004") == true)
    #expect(finding.problem?.contains("its SHA-256 is") == true)
    #expect(watcher.look().problem == nil && watcher.look().version == nil)
    try models.publish(Catalogue.contents(shift: 4))
    #expect(watcher.look().version == 5)
  }

  @Test func whatDoesNotOpenAtTheStartIsGoneBackFromAtOnce() throws {
    for shift in 0..<3 { try models.publish(Catalogue.contents(shift: Float(shift))) }
    try replace(3, with: Data("not a model".utf8))
    try alter(2)
    var watcher = ModelWatcher(models.versions)
    let first = watcher.open()
    #expect(first.version == 2 && first.problem?.contains("000003") == true)
    #expect(watcher.check().version == 1)
  }

  @Test func whereNothingIsGoodNothingIsServed() throws {
    try models.publish(Catalogue.contents())
    try alter(1)
    var watcher = ModelWatcher(models.versions)
    #expect(watcher.open().version == 1)
    guard case .fellBack(nil, let problem) = watcher.check() else {
      Issue.record("a damaged model stays in service")
      return
    }
    #expect(problem.description.contains("its SHA-256 is"))
    #expect(watcher.look().problem == nil)
    try models.publish(Catalogue.contents(shift: 1))
    #expect(watcher.look().version == 2)
  }
}
