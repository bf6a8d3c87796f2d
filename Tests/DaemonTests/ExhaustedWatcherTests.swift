import Daemon
import Errors
import Foundation
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// While the process cannot open files, no verdict on a model is given.
struct ExhaustedWatcherTests {
  let models: PublishedModels

  init() throws {
    models = try PublishedModels()
    for shift in 0..<2 { try models.publish(Catalogue.contents(shift: Float(shift))) }
  }

  @Test func atTheStartNoOlderVersionTakesThePlaceOfOneThatCantBeOpened() async throws {
    let (watcher, first, second) = try await OpenFiles.exhausted { [models] in
      var watcher = ModelWatcher(models.versions)
      return (watcher: watcher, first: watcher.open(), second: watcher.look())
    }
    #expect(first.failure?.error.code == .outOfResources && first.version == nil)
    #expect(first.failure?.withoutPaths == "version 2: can't open it: Too many open files")
    #expect(second.failure?.error.code == .outOfResources || second.isUnchanged)
    var looking = watcher
    #expect(looking.look().version == 2)
  }

  @Test func whatWasOpenedStaysUntilItCanBeChecked() async throws {
    var opened = ModelWatcher(models.versions)
    #expect(opened.open().version == 2)
    let (watcher, findings) = try await OpenFiles.exhausted { [opened] in
      var watcher = opened
      let findings = [watcher.check(), watcher.check(), watcher.look()]
      return (watcher, findings)
    }
    #expect(findings[0].failure?.error.code == .outOfResources)
    #expect(findings[1].isUnchanged && findings[2].isUnchanged)
    var looking = watcher
    guard case .recovered = looking.look() else {
      Issue.record("it is not said that all is well again")
      return
    }
    #expect(looking.look().isUnchanged)
  }

  /// The version in service is damaged, and whether an earlier one is sound cannot be determined at present.
  @Test func noEarlierVersionIsPassedOver() async throws {
    let path = models.versions.modelPath(of: 2)
    var opened = ModelWatcher(models.versions)
    #expect(opened.open().version == 2)
    try FileManager.default.removeItem(atPath: path)
    try Data("not a model".utf8).write(to: URL(fileURLWithPath: path))
    guard case .fellBack(let model?, _) = opened.check() else {
      Issue.record("a damaged model stays in service")
      return
    }
    #expect(model.facts.version == 1)
    // The same with a version 1 that is taken for another one and therefore has to be opened.
    var blind = ModelWatcher(models.versions)
    #expect(blind.open().version == 1)
    let checked = try await OpenFiles.exhausted { [blind] in
      var watcher = blind
      return (watcher, watcher.check())
    }
    #expect(checked.1.failure?.error.code == .outOfResources)
    var watcher = checked.0
    _ = watcher.look()
    #expect(watcher.look().isUnchanged)
  }

  @Test func aNewVersionIsTakenUpOnceItCanBeOpened() async throws {
    var started = ModelWatcher(models.versions)
    #expect(started.open().version == 2 && started.check().isUnchanged)
    try models.publish(Catalogue.contents(shift: 2))
    let (watcher, findings) = try await OpenFiles.exhausted { [started] in
      var watcher = started
      return (watcher, [watcher.look(), watcher.look()])
    }
    #expect(findings[0].failure?.version == 3 && findings[1].isUnchanged)
    var looking = watcher
    #expect(looking.look().version == 3)
  }
}
