import Errors
import Foundation
import ModelRegistry
import Synchronization
import TestEnvironment
import Testing

/// Versions: creation, promotion, rollback and removal.
struct ModelRegistryTests {
  @Test func aRegistryThatIsNotThereIsEmpty() throws {
    let fixture = try RegistryFixture()
    #expect(try fixture.registry.names().isEmpty)
    #expect(try fixture.versions.all().isEmpty)
    #expect(try fixture.versions.current() == nil)
    #expect(try fixture.versions.rollbackTarget() == nil)
    #expect(code { _ = try fixture.versions.goBack() } == .nothingToRollBackTo)
    #expect(try fixture.versions.prune(keeping: 1).isEmpty)
    #expect(code { _ = try fixture.versions.manifest(of: 1) } == .missing)
    #expect(code { try fixture.versions.promote(1) } == .missing)
    try fixture.versions.removeLeftovers()
    #expect(!FileManager.default.fileExists(atPath: fixture.registry.folder))
  }

  @Test func versionsAreNumberedAndKeepTheirManifest() throws {
    let fixture = try RegistryFixture()
    #expect(try fixture.commit(1) == 1)
    #expect(try fixture.commit(2) == 2)
    #expect(try fixture.versions.all() == [1, 2])
    #expect(try fixture.registry.names().map(\.text) == ["recommender"])
    #expect(try fixture.versions.current() == nil)
    try fixture.versions.verify(2)
    let manifest = try fixture.versions.manifest(of: 2)
    #expect(manifest.version == 2 && manifest.run.version == 2 && manifest.name == "recommender")
    #expect(manifest.kind == "test" && manifest.run.metrics["error"]?.value == 0.875)
    #expect(manifest.run.metrics["error"]?.better == .lower)
    #expect(manifest.run.metrics["accuracy"]?.value.isNaN == true)
    #expect(manifest.run.counts == ["images": 10] && manifest.run.seconds == ["training": 1.5])
    let digest = try #require(manifest.digest())
    #expect(digest.sha256.count == 64)
    #expect(try digest != fixture.versions.manifest(of: 1).digest())
    #expect(try FileDigest(ofFile: fixture.versions.modelPath(of: 2)) == digest)
    #expect(try Folders.contents(of: fixture.path("staging")).isEmpty)
    let text = try String(
      contentsOfFile: fixture.path("versions/000002/manifest.json"), encoding: .utf8)
    #expect(text.contains("\"sha256\" : \"\(digest.sha256)\""))
  }

  @Test func eachNameHasItsOwnCurrent() throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    try fixture.versions.promote(1)
    let other = fixture.registry.versions(of: try ModelName("clicks.v2"))
    let staged = try StagedVersion(in: other)
    try staged.add(TestModel.Contents([1]))
    _ = try staged.commit(RegistryFixture.run())
    #expect(try fixture.versions.current() == 1)
    #expect(try other.current() == nil)
    #expect(try fixture.registry.names().map(\.text) == ["clicks.v2", "recommender"])
  }

  @Test func rollingBackRetracesWhatWasInService() throws {
    let fixture = try RegistryFixture()
    for _ in 1...5 { try fixture.commit() }
    let versions = fixture.versions
    #expect(code { _ = try versions.goBack() } == .nothingToRollBackTo)
    for version in [1, 3, 4, 2] { try versions.promote(version) }
    #expect(try versions.current() == 2)
    #expect(try versions.rollbackTarget() == 4)
    #expect(try versions.goBack() == (2, 4))
    #expect(try versions.goBack() == (4, 3))
    try versions.promote(3)  // already in service
    #expect(try versions.rollbackTarget() == 1)
    try versions.promote(5)
    #expect(try versions.goBack() == (5, 3))
    #expect(try versions.goBack() == (3, 1))
    #expect(code { _ = try versions.goBack() } == .nothingToRollBackTo)
    #expect(try versions.current() == 1)
  }

  @Test func aHistoryThatIsTornOrAheadOfCurrentIsUnderstood() throws {
    let fixture = try RegistryFixture()
    for _ in 1...4 { try fixture.commit() }
    try fixture.versions.promote(1)
    try fixture.versions.promote(2)
    func append(_ text: String) throws {
      let file = try #require(FileHandle(forWritingAtPath: fixture.path("history")))
      try file.seekToEnd()
      try file.write(contentsOf: Data(text.utf8))
      try file.close()
    }
    // Killed between writing the line and changing the link: the promotion did not happen.
    try append("2026-11-20T03:12:44Z promote 3\n")
    #expect(try fixture.versions.current() == 2)
    #expect(try fixture.versions.rollbackTarget() == 1)
    // Killed within the line: "promote 4" may be the start of "promote 40".
    try append("nonsense\n\u{0}\n2026-11-20T03:12:44Z promote 4")
    #expect(try fixture.versions.rollbackTarget() == 1)
    try fixture.versions.promote(3)
    #expect(try fixture.versions.rollbackTarget() == 2)
    #expect(try fixture.versions.goBack() == (3, 2))
    #expect(try fixture.versions.goBack() == (2, 1))
    // The link was set by hand.
    #expect(unlink(fixture.path("current")) == 0)
    #expect(symlink("versions/000004", fixture.path("current")) == 0)
    #expect(try fixture.versions.current() == 4)
    #expect(try fixture.versions.goBack() == (4, 1))
  }

  @Test func pruningKeepsTheNewestAndWhatIsNeeded() throws {
    let fixture = try RegistryFixture()
    for _ in 1...7 { try fixture.commit() }
    for version in [1, 2, 3, 4] { try fixture.versions.promote(version) }
    #expect(try fixture.versions.prunable(keeping: 2) == [1, 2, 5])
    #expect(try fixture.versions.all().count == 7)
    #expect(try fixture.versions.prune(keeping: 2) == [1, 2, 5])
    #expect(try fixture.versions.all() == [3, 4, 6, 7])
    #expect(try fixture.versions.goBack() == (4, 3))
    #expect(code { _ = try fixture.versions.goBack() } == .nothingToRollBackTo)
    #expect(try fixture.versions.prune(keeping: 100).isEmpty)
    #expect(try fixture.versions.prune(keeping: 1) == [4, 6])
    #expect(try fixture.commit() == 8)
    #expect(try Folders.contents(of: fixture.path("staging")).isEmpty)
  }

  @Test func rollingBackPassesDamagedVersionsOverAndSaysWhy() throws {
    let fixture = try RegistryFixture()
    let versions = fixture.versions
    for version in 1...5 { try fixture.commit(Float(version)) }
    for version in [1, 2, 3, 5] { try versions.promote(version) }
    for version in [2, 3] { try fixture.damage(version) }
    #expect(try versions.standIn() == 1)
    #expect(try versions.current() == 5)
    let done = try versions.rollback()
    #expect(done.from == 5 && done.to == 1)
    #expect(done.skipped.map(\.version) == [3, 2])
    #expect(done.skipped.allSatisfy { $0.flaw.code == .altered })
    #expect(try versions.current() == 1)
    #expect(try versions.rollbackCandidates().isEmpty)
  }

  @Test func whereNothingWholeWasInServiceThereIsNothingToGoBackTo() throws {
    let fixture = try RegistryFixture()
    let versions = fixture.versions
    for version in 1...5 { try fixture.commit(Float(version)) }
    for version in [1, 2, 3, 5] { try versions.promote(version) }
    for version in 1...3 { try fixture.damage(version) }
    #expect(try versions.standIn() == nil)
    let none = #expect(throws: ModelFileError.self) { _ = try versions.rollback() }
    #expect(none?.code == .nothingToRollBackTo)
    let flaws = try #require(none?.problem.components(separatedBy: "; "))
    #expect(flaws.count == 3 && flaws[0].contains("version 3: its SHA-256 is"))
    #expect(none?.remedy.contains("rollback") == false)
    #expect(try versions.current() == 5)
  }

  @Test func damageIsToBeMendedOnlyWhereItIsInService() throws {
    let fixture = try RegistryFixture()
    let versions = fixture.versions
    for version in 1...3 { try fixture.commit(Float(version)) }
    #expect(versions.remedy(forDamaged: [3]) == .promoteOrTrain)
    for version in [1, 2] { try versions.promote(version) }
    #expect(versions.remedy(forDamaged: [3]) == .nothing(inService: 2, pruning: nil))
    #expect(versions.remedy(forDamaged: [1]) == .nothing(inService: 2, pruning: 2))
    #expect(versions.remedy(forDamaged: [2, 3]) == .rollBack(from: 2))
    #expect(versions.remedy(forDamaged: [1, 2]) == .replace(2))
    try FileManager.default.removeItem(atPath: fixture.path("versions/000002/manifest.json"))
    let error = #expect(throws: ModelFileError.self) { try versions.verify(2) }
    #expect(
      error?.code == .missing
        && error?.remedy == "Remedy: rollBack(from: 2).")
  }

  /// The registry states remedies in the words of the calling program.
  @Test func remediesAreWordedByTheProgram() throws {
    let fixture = try RegistryFixture()
    let versions = ModelRegistry(fixture.registry.folder, forms: []) { remedy, versions in
      "\(versions.name): \(remedy)"
    }.versions(of: .usual)
    let none = #expect(throws: ModelFileError.self) { try versions.rollback() }
    #expect(none?.remedy == "recommender: promoteAny")
    let missing = #expect(throws: ModelFileError.self) { try versions.verify(4) }
    #expect(missing?.remedy == "recommender: list")
    try fixture.commit()
    #expect(symlink("versions/000009", fixture.path("current")) == 0)
    let astray = #expect(throws: ModelFileError.self) { try versions.current() }
    #expect(astray?.remedy == "recommender: replaceCurrent")
  }

  @Test func rollingBackStartsAnewWhenAnotherChangesWhatIsInServiceMeanwhile() throws {
    let fixture = try RegistryFixture()
    for version in 1...4 { try fixture.commit(Float(version)) }
    for version in [1, 2, 3] { try fixture.versions.promote(version) }
    // Another version is promoted while the rollback's target is being verified.
    let isFirst = Mutex(true)
    let meddling = ModelForm("test-model") {
      [versions = fixture.versions] file throws(ModelFileError) in
      if isFirst.withLock({ first in
        defer { first = false }
        return first
      }) {
        try versions.promote(4)
      }
      return try ModelRegistry("", forms: [TestModel.form]).open(file.path)
    }
    let done = try ModelRegistry(fixture.registry.folder, forms: [meddling])
      .versions(of: .usual).rollback()
    #expect(done.from == 4 && done.to == 3)
  }

  @Test func pruningKeepsAVersionThatOneCanGoBackTo() throws {
    let fixture = try RegistryFixture()
    let versions = fixture.versions
    for version in 1...6 { try fixture.commit(Float(version)) }
    for version in [1, 2, 3, 4, 6] { try versions.promote(version) }
    for version in [3, 4] { try fixture.damage(version) }
    #expect(try versions.prunable(keeping: 1) == [1, 3, 4, 5])
    #expect(try versions.prune(keeping: 1) == [1, 3, 4, 5])
    #expect(try versions.goBack() == (6, 2))
  }

  @Test func pruningKeepsANewWholeVersionWhereNoneThatWasInServiceIsWhole() throws {
    let fixture = try RegistryFixture()
    for version in 1...6 { try fixture.commit(Float(version)) }
    for version in [1, 2, 3, 4, 6] { try fixture.versions.promote(version) }
    for version in 1...4 { try fixture.damage(version) }
    #expect(try fixture.versions.prunable(keeping: 1) == [1, 2, 3, 4])
  }

  /// A rollback or pruning relies on verdicts, and must not take this one for a verdict.
  @Test func neitherARollbackNorAPruningPassesAVersionOverThatCannotBeOpenedNow() throws {
    let fixture = try RegistryFixture()
    for version in 1...3 {
      try fixture.commit()
      try fixture.versions.promote(version)
    }
    let exhausted = ModelForm("test-model") { file throws(ModelFileError) in
      throw ModelFileError(.outOfResources, "can't open it", place: file.path, remedy: "Wait.")
    }
    let versions = ModelRegistry(fixture.registry.folder, forms: [exhausted]).versions(of: .usual)
    #expect(code { _ = try versions.rollback() } == .outOfResources)
    #expect(code { _ = try versions.standIn() } == .outOfResources)
    #expect(code { _ = try versions.prune(keeping: 1) } == .outOfResources)
    #expect(try versions.all() == [1, 2, 3])
    #expect(try versions.current() == 3)
  }

  @Test func tellsSinceWhenAVersionIsInService() throws {
    let fixture = try RegistryFixture()
    for _ in 1...3 { try fixture.commit() }
    try fixture.versions.promote(1)
    try Data(
      """
      2026-11-20T03:00:00Z promote 1
      2026-11-21T03:00:00Z promote 2
      2026-11-22T03:00:00Z rollback 1
      2026-11-22T04:00:00Z promote 1
      2026-11-22T05:00:00Z promote 3

      """.utf8
    ).write(to: URL(fileURLWithPath: fixture.path("history")))
    #expect(try fixture.versions.inServiceSince(1) == "2026-11-22T03:00:00Z")
    #expect(try fixture.versions.inServiceSince(3) == "2026-11-22T05:00:00Z")
    #expect(try fixture.versions.inServiceSince(4) == nil)
  }

  @Test func aNumberIsNotGivenTwice() throws {
    let fixture = try RegistryFixture()
    for _ in 1...3 { try fixture.commit() }
    try fixture.versions.promote(3)
    try fixture.versions.promote(1)
    try FileManager.default.removeItem(atPath: fixture.path("versions/000003"))
    #expect(try fixture.commit() == 4)
  }

  @Test(arguments: [
    "versions/000002", "versions/000001/../../../elsewhere", "../other/versions/000001",
    "/etc", "versions/1", "versions/+00001", "versions/000000", "versions/", "loop", "current",
    "versions/000001/", "versions/9223372036854775808",
  ])
  func aCurrentThatLeadsAstrayIsNamed(_ target: String) throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    #expect(symlink(target, fixture.path("current")) == 0)
    #expect(code { _ = try fixture.versions.current() } == .badCurrent)
    #expect(code { _ = try fixture.versions.prune(keeping: 1) } == .badCurrent)
    try fixture.versions.promote(1)
    #expect(try fixture.versions.current() == 1)
  }

  @Test func aCurrentThatIsNoLinkIsNamedAndLeftAlone() throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    try Data("1".utf8).write(to: URL(fileURLWithPath: fixture.path("current")))
    #expect(code { _ = try fixture.versions.current() } == .badCurrent)
    #expect(code { try fixture.versions.promote(1) } == .badCurrent)
    #expect(try String(contentsOfFile: fixture.path("current"), encoding: .utf8) == "1")
  }

  @Test func aBrokenCurrentCanBeRolledBack() throws {
    let fixture = try RegistryFixture()
    for version in 1...3 {
      try fixture.commit()
      try fixture.versions.promote(version)
    }
    try FileManager.default.removeItem(atPath: fixture.path("versions/000003"))
    #expect(code { _ = try fixture.versions.current() } == .badCurrent)
    #expect(try fixture.versions.goBack() == (3, 2))
    #expect(unlink(fixture.path("current")) == 0)
    #expect(symlink("/etc", fixture.path("current")) == 0)
    #expect(try fixture.versions.goBack() == (nil, 2))
  }

  @Test func aFolderThatLinksElsewhereIsNoVersion() throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    #expect(symlink("/etc", fixture.path("versions/000002")) == 0)
    #expect(mkdir(fixture.path("versions/3"), 0o755) == 0)
    #expect(mkdir(fixture.path("versions/000004.old"), 0o755) == 0)
    #expect(try fixture.versions.all() == [1])
    #expect(code { try fixture.versions.promote(2) } == .missing)
  }

  @Test func onlyAFileThatIsAsPublishedIsVerified() throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    let path = fixture.versions.modelPath(of: 1)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    func replace(_ contents: Data) throws {
      try FileManager.default.removeItem(atPath: path)
      try contents.write(to: URL(fileURLWithPath: path))
    }
    var altered = bytes
    altered[altered.count - 1] ^= 1
    try replace(altered)
    #expect(code { try fixture.versions.verify(1) } == .altered)
    try replace(bytes.dropLast())
    #expect(code { try fixture.versions.verify(1) } == .truncated)
    #expect(code { try fixture.versions.promote(1) } == .altered)
    try replace(bytes + [0])
    #expect(code { try fixture.versions.verify(1) } == .altered)
    try replace(bytes)
    try fixture.versions.verify(1)
    try FileManager.default.removeItem(atPath: path)
    #expect(code { try fixture.versions.verify(1) } == .missing)
  }

  @Test func aManifestThatIsNoneIsNamed() throws {
    let fixture = try RegistryFixture()
    try fixture.commit()
    let path = fixture.path("versions/000001/manifest.json")
    let good = try String(contentsOfFile: path, encoding: .utf8)
    func outcome(_ text: String) throws -> ModelFileErrorCode? {
      try FileManager.default.removeItem(atPath: path)
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      return code { _ = try fixture.versions.manifest(of: 1) }
    }
    #expect(try outcome("") == .badManifest)
    #expect(try outcome("{") == .badManifest)
    #expect(try outcome("[]") == .badManifest)
    #expect(try outcome(String(repeating: "[", count: 100_000)) == .badManifest)
    #expect(try outcome(String(repeating: " ", count: 2_000_000)) == .badManifest)
    #expect(try outcome(good.replacing("\"format\" : 2", with: "\"format\" : 3")) == .tooNew)
    #expect(try outcome(good.replacing("\"kind\"", with: "\"mind\"")) == .badManifest)
    #expect(try outcome(good.replacing("\"recommender\"", with: "\"other\"")) == .badManifest)
    #expect(try outcome(good.replacing("\"version\" : 1", with: "\"version\" : 2")) == .badManifest)
    #expect(try outcome(good) == nil)
    try FileManager.default.removeItem(atPath: path)
    #expect(code { try fixture.versions.promote(1) } == .missing)
  }

  @Test(arguments: [
    "", ".", "..", "../x", "a/b", "A", "a b", "-a", ".a", "_a", "é", "a\u{0}", "a\n",
    String(repeating: "a", count: 65),
  ])
  func aNameThatCouldLeadElsewhereIsRefused(_ text: String) {
    #expect(code { _ = try ModelName(text) } == .badName)
  }

  @Test(arguments: ["a", "0", "recommender", "a.b-c_d", String(repeating: "z", count: 64)])
  func aGoodNameIsTaken(_ text: String) throws {
    #expect(try ModelName(text).text == text)
  }
}

/// Folders, inspected by a test.
enum Folders {
  static func contents(of path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
