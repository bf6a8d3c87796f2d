import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Versions with several model files, which are created, rolled back and removed together.
struct ModelRoleTests {
  let fixture: RegistryFixture
  let judged: ModelRole
  var versions: ModelVersions { fixture.versions }

  /// Creates two versions of two files each, both of which were in service.
  init() throws {
    fixture = try RegistryFixture()
    judged = try #require(ModelRole("judged"))
    for number in [Float(1), 2] {
      let staged = try StagedVersion(in: fixture.versions)
      try staged.add(TestModel.Contents([number], names: ["anna", "bert"]))
      try staged.add(TestModel.Contents([-number], names: ["bert"]), as: judged)
      try fixture.versions.promote(staged.commit(RegistryFixture.run()).version)
    }
  }

  private func numbers(_ version: Int, _ role: ModelRole) throws -> [Float]? {
    (try versions.open(version, role) as? TestModel)?.contents.numbers
  }

  @Test func eachFileHasItsRoleAndItsDigest() throws {
    try versions.verify(2)
    let manifest = try versions.manifest(of: 2)
    #expect(manifest.files.map(\.role) == [.main, judged])
    #expect(manifest.digest() != manifest.digest(of: judged))
    #expect(manifest.byteCount == manifest.files.map(\.byteCount).reduce(0, +))
    #expect(try numbers(2, .main) == [2])
    #expect(try numbers(2, judged) == [-2])
    #expect(manifest.digest(of: try #require(ModelRole("other"))) == nil)
  }

  @Test func damageToOneIsDamageToTheVersion() throws {
    let whole = versions.stamp(of: 1)
    try fixture.damage(1, judged)
    #expect(code { try versions.verify(1) } == .altered)
    #expect(versions.stamp(of: 1) != whole)
    #expect(code { _ = try versions.rollback() } == .nothingToRollBackTo)
    try FileManager.default.removeItem(atPath: versions.modelPath(of: 1, judged))
    #expect(code { try versions.promote(1) } == .missing)
    #expect(try versions.current() == 2)
  }

  @Test func allAreGoneBackToAndPrunedAsOne() throws {
    #expect(try versions.rollback().to == 1)
    #expect(try numbers(1, judged) == [-1])
    try versions.promote(2)
    try fixture.commit()
    try versions.promote(3)
    #expect(try versions.prune(keeping: 1) == [1])
    #expect(!FileManager.default.fileExists(atPath: fixture.path("versions/000001")))
  }

  @Test func aPersonIsTakenOutOfThoseFilesThatKnowThem() throws {
    let judgedDigest = try versions.manifest(of: 2).digest(of: judged)
    let scrubber = try ModelScrubber(of: fixture.registry, command: "test")
    let traces = try fixture.registry.traces(of: "anna")
    #expect(scrubber.scrub("anna", from: traces).replaced.map(\.replacement) == [3, 4])
    try versions.verify(4)
    let manifest = try versions.manifest(of: 4)
    #expect(manifest.digest(of: judged) == judgedDigest)
    #expect(try versions.open(4).people?.contains("anna") == false)
    #expect(try versions.current() == 4)
    // A person only in the second file is found there.
    _ = scrubber.scrub("bert", from: try fixture.registry.traces(of: "bert"))
    #expect(try fixture.registry.traces(of: "bert").isEmpty)
  }

  @Test(arguments: ["", "A", "a/b", "../x", "a.b", ".a", "-a", String(repeating: "a", count: 33)])
  func aRoleThatCouldLeadElsewhereIsNone(_ name: String) { #expect(ModelRole(name) == nil) }

  @Test func aManifestWithARoleThatLeadsElsewhereIsNone() throws {
    let path = fixture.path("versions/000001/manifest.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (from, to) in [
      ("\"judged\"", "\"../../x\""), ("\"judged\"", "\"model\""),
      ("\"role\" : \"model\"", "\"role\" : \"other\""),
    ] {
      try FileManager.default.removeItem(atPath: path)
      try Data(text.replacing(from, with: to).utf8).write(to: URL(fileURLWithPath: path))
      #expect(code { _ = try versions.manifest(of: 1) } == .badManifest)
    }
  }
}
