import Errors
import Foundation
import ModelRegistry
import Synchronization
import TestEnvironment
import Testing

/// From a model in memory to a version in service, and everything that may go wrong in between.
struct PublisherTests {
  let fixture: RegistryFixture
  var registry: ModelRegistry { fixture.registry }
  var versions: ModelVersions { fixture.versions }

  init() throws { fixture = try RegistryFixture() }

  func publisher() throws -> Publisher { try Publisher(of: .usual, in: registry, command: "test") }

  /// Publishes a model with one number, and returns its version.
  @discardableResult
  func publish(_ number: Float, by publisher: Publisher) throws -> Int {
    let manifest = try publisher.stage(TestModel.Contents([number])).commit(RegistryFixture.run())
    try publisher.promote(manifest.version)
    return manifest.version
  }

  func stagingCount() throws -> Int { try Folders.contents(of: fixture.path("staging")).count }

  @Test func aModelIsStagedCommittedAndPromoted() throws {
    let publisher = try publisher()
    for (before, number) in [Float(3), 4].enumerated() {
      let staged = try publisher.stage()
      let model = try staged.add(TestModel.Contents([number]))
      #expect((model as? TestModel)?.contents.numbers == [number])
      #expect(try versions.all().count == before)
      let manifest = try staged.commit(RegistryFixture.run())
      #expect(manifest.version == before + 1 && manifest.run.version == before + 1)
      #expect(manifest.digest() == staged.digest() && manifest.files.count == 1)
      #expect(try versions.current() == (before == 0 ? nil : before))
      try publisher.promote(manifest.version)
      #expect(try versions.current() == before + 1)
      // A model opened in staging remains readable.
      try model.verifyContents()
    }
    #expect(try (versions.open(2) as? TestModel)?.contents.numbers == [4])
    #expect(try stagingCount() == 0)
    #expect(try versions.rollback().to == 1)
  }

  @Test func theJudgedModelIsServedWhereThereIsNoOther() throws {
    let staged = try publisher().stage()
    let model = try staged.add(TestModel.Contents([5]), as: .judged)
    let digest = staged.digest(of: .judged)
    try staged.use(.judged, as: .main)
    let manifest = try staged.commit(RegistryFixture.run())
    #expect(manifest.files.map(\.role) == [.main] && manifest.digest() == digest)
    #expect(try (versions.open(1) as? TestModel)?.contents.numbers == [5])
    try versions.verify(1)
    try model.verifyContents()
  }

  /// A name keeps its form of model, unless the form of its versions cannot be determined.
  @Test func anotherFormIsNotTaken() throws {
    let other = ModelForm("other") { (file) throws(ModelFileError) in
      throw ModelFileError(.foreign, "never opened", place: file.path, remedy: "")
    }
    let versions = ModelRegistry(registry.folder, forms: [TestModel.form, other])
      .versions(of: .usual)
    try versions.checkTakes([other])
    try publish(3, by: publisher())
    try versions.checkTakes([other, TestModel.form])
    #expect(code { try versions.checkTakes([other]) } == .otherForm)
    try ModelRegistry(registry.folder, forms: [other]).versions(of: .usual).checkTakes([other])
  }

  @Test func theSameContentsGiveTheSameFile() throws {
    let publisher = try publisher()
    let digests = try (1...2).map { _ in
      try publisher.stage(TestModel.Contents([3])).commit(RegistryFixture.run()).digest()
    }
    #expect(digests[0] == digests[1] && digests[0] != nil)
    #expect(try versions.all() == [1, 2])
  }

  @Test func contentsThatMakeNoSenseAreNotStaged() throws {
    let publisher = try publisher()
    #expect(code { _ = try publisher.stage(TestModel.Contents([1, .nan])) } == .badContents)
    #expect(try stagingCount() == 0)
    #expect(try versions.all().isEmpty)
  }

  @Test func aModelOfAFormThatTheRegistryDoesNotKnowIsNotStaged() throws {
    let other = ModelRegistry(registry.folder, forms: [])
    let publisher = try Publisher(of: .usual, in: other, command: "test")
    #expect(code { _ = try publisher.stage(TestModel.Contents([1])) } == .foreign)
  }

  @Test func aModelThatIsNotCommittedLeavesNothing() throws {
    let publisher = try publisher()
    do { _ = try publisher.stage(TestModel.Contents([3])) }
    let staged = try publisher.stage()
    let model = try staged.add(TestModel.Contents([3]))
    #expect(try stagingCount() == 1)
    staged.abort()
    #expect(try stagingCount() == 0)
    try model.verifyContents()
    #expect(try versions.all().isEmpty)
  }

  @Test func aKilledPublishIsClearedAwayByTheNext() throws {
    do { try publish(3, by: publisher()) }
    // As after kill -9 while staging: files with no one left to remove them.
    let left = fixture.path("staging/version-999-1")
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    _ = try TestModel.Contents([9]).write(to: left + "/model.safetensors")
    #expect(try versions.current() == 1 && versions.all() == [1])
    let publisher = try publisher()
    #expect(try stagingCount() == 0)
    let staged = try publisher.stage(TestModel.Contents([4]))
    #expect(try staged.commit(RegistryFixture.run()).version == 2)
    #expect(try versions.current() == 1)
  }

  @Test func aPublisherAndWhatItStagedKeepTheLock() throws {
    var staged: StagedVersion? = try publisher().stage(TestModel.Contents([3]))
    #expect(code { _ = try publisher() } == .busy)
    staged?.abort()
    staged = nil
    _ = try publisher()
  }

  @Test func rollingBackDoesNotWaitForATraining() throws {
    let publisher = try publisher()
    for number in [Float(1), 2] { try publish(number, by: publisher) }
    #expect(try versions.rollback().to == 1)
    withExtendedLifetime(publisher) {}
  }

  @Test func readersSeeAWholeModelWhileItIsReplaced() throws {
    let publisher = try publisher()
    try publish(1, by: publisher)
    let reader = ReaderInService(of: versions)
    Thread.detachNewThread { reader.readUntilStopped() }
    var last = 1
    repeat {
      last += 1
      try publish(Float(last), by: publisher)
    } while last < 20 || reader.openCount < 20
    #expect(reader.stop() == [])
    #expect(try versions.current() == last)
  }
}

/// Repeatedly opens the model in service on a separate thread, as a daemon might.
private final class ReaderInService: Sendable {
  private struct State {
    var openCount = 0
    var problems: [String] = []
    var isStopping = false
  }

  private let versions: ModelVersions
  private let state = Mutex(State())
  private let ended = DispatchSemaphore(value: 0)

  init(of versions: ModelVersions) { self.versions = versions }

  /// The number of models opened so far.
  var openCount: Int { state.withLock { $0.openCount } }

  func readUntilStopped() {
    while !state.withLock({ $0.isStopping }) {
      let problem = read()
      state.withLock {
        $0.openCount += 1
        if let problem { $0.problems.append(problem) }
      }
    }
    ended.signal()
  }

  /// Stops reading and returns the errors.
  func stop() -> [String] {
    state.withLock { $0.isStopping = true }
    ended.wait()
    return state.withLock { $0.problems }
  }

  /// Opens the model in service, whose number equals its version. Returns what is wrong.
  private func read() -> String? {
    do {
      guard let version = try versions.current() else { return "none in service" }
      let numbers = (try versions.open(version) as? TestModel)?.contents.numbers
      return numbers == [Float(version)] ? nil : "version \(version) has \(numbers ?? [])"
    } catch {
      return "\(error)"
    }
  }
}
