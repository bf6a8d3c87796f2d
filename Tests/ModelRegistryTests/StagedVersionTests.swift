import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Versions that were started and not finished.
struct StagedVersionTests {
  @Test func anAbandonedVersionLeavesNothing() throws {
    let fixture = try RegistryFixture()
    do {
      let staged = try StagedVersion(in: fixture.versions)
      try staged.add(TestModel.Contents([1]))
      #expect(try Folders.contents(of: fixture.path("staging")).count == 1)
    }
    #expect(try Folders.contents(of: fixture.path("staging")).isEmpty)
    #expect(try fixture.versions.all().isEmpty && fixture.registry.names().isEmpty)
    let staged = try StagedVersion(in: fixture.versions)
    staged.abort()
    staged.abort()
    #expect(try Folders.contents(of: fixture.path("staging")).isEmpty)
  }

  @Test func whatAKilledProcessLeftIsNotSeenAndRemoved() throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    try fixture.versions.promote(1)
    let left = fixture.path("staging/version-1-2")
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    for file in ["model.safetensors", "model.safetensors.partial-1-2", "manifest.json"] {
      try Data("half".utf8).write(to: URL(fileURLWithPath: "\(left)/\(file)"))
      #expect(chmod("\(left)/\(file)", 0o444) == 0)
    }
    #expect(symlink("versions/000009", fixture.path("staging/current-1-2")) == 0)
    #expect(try fixture.versions.all() == [1] && fixture.versions.current() == 1)
    #expect(try fixture.commit() == 2)
    #expect(try Folders.contents(of: fixture.path("staging")).count == 2)
    try fixture.versions.removeLeftovers()
    #expect(try Folders.contents(of: fixture.path("staging")).isEmpty)
    #expect(try fixture.versions.all() == [1, 2] && fixture.versions.current() == 1)
  }

  @Test func aFileThatIsNotWhatWasWrittenIsNotCommitted() throws {
    let fixture = try RegistryFixture()
    let staged = try StagedVersion(in: fixture.versions)
    try staged.add(TestModel.Contents([1]))
    _ = try TestModel.Contents([2]).write(to: staged.path())
    #expect(code { _ = try staged.commit(RegistryFixture.run()) } == .altered)
    #expect(try fixture.versions.all().isEmpty)
  }

  @Test func manyCommittersGetNumbersOfTheirOwn() async throws {
    let fixture = try RegistryFixture()
    let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
      for value in 0..<12 { group.addTask { try fixture.commit(Float(value)) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(numbers.sorted() == Array(1...12))
    for version in 1...12 { try fixture.versions.verify(version) }
  }

  @Test func aLockIsForOneAtATime() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("lock")
    do {
      let lock = try #require(try FileLock.attempt(path))
      try lock.replaceText(with: "a longer text")
      try lock.replaceText(with: "mine")
      #expect(try FileLock.attempt(path) == nil)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
      withExtendedLifetime(lock) {}
    }
    #expect(try FileLock.attempt(path) != nil)
    #expect(code { _ = try FileLock.attempt(folder.path("no/lock")) } == .missing)
  }
}
