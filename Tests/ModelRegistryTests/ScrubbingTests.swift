import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// A version that replaces another, wherever the process doing so was killed.
struct ScrubbingTests {
  let fixture: RegistryFixture
  var versions: ModelVersions { fixture.versions }

  init() throws { fixture = try RegistryFixture() }

  @discardableResult
  private func commit(replacing replaced: Int, trainedAs: Int? = nil) throws -> Int {
    let staged = try StagedVersion(in: versions)
    try staged.add(TestModel.Contents([Float(replaced) / 10]))
    return try staged.commit(
      RegistryFixture.run(),
      scrubbing: Scrubbing(replaces: replaced, trainedAs: trainedAs ?? replaced)
    ).version
  }

  private func history() throws -> String {
    try String(contentsOfFile: fixture.path("history"), encoding: .utf8)
  }

  private func append(_ line: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: fixture.path("history")))
    try file.seekToEnd()
    try file.write(contentsOf: Data("2026-11-20T03:12:44Z \(line)\n".utf8))
    try file.close()
  }

  @Test func whatWasInServiceIsSoInItsNewFormAndSoIsWhatCanBeGoneBackTo() throws {
    for _ in 1...3 { try fixture.commit() }
    for version in [1, 2, 3] { try versions.promote(version) }
    for version in 1...3 { try commit(replacing: version) }
    try versions.finishScrubbing()
    #expect(try versions.all() == [4, 5, 6])
    #expect(try versions.current() == 6)
    #expect(try versions.rollbackCandidates() == [5, 4])
    #expect(try versions.inServiceSince(6) != nil)
    #expect(try versions.manifest(of: 5).scrubbing == Scrubbing(replaces: 2, trainedAs: 2))
    #expect(try versions.goBack() == (6, 5))
    #expect(try versions.goBack() == (5, 4))
    #expect(code { _ = try versions.goBack() } == .nothingToRollBackTo)
    let before = try history()
    try versions.finishScrubbing()
    #expect(try history() == before)
    #expect(try fixture.commit() == 7)
  }

  @Test func aReplacementOfAReplacementStandsInTheFirstOnesPlace() throws {
    for _ in 1...2 { try fixture.commit() }
    for version in [1, 2] { try versions.promote(version) }
    try commit(replacing: 1)
    try commit(replacing: 3, trainedAs: 1)
    try commit(replacing: 2)
    try versions.finishScrubbing()
    #expect(try versions.all() == [4, 5])
    #expect(try versions.current() == 5)
    #expect(try versions.goBack() == (5, 4))
  }

  /// How far a killed process had got, by what it left behind.
  enum Progress: CaseIterable { case committed, noted, promotionNoted, promoted, setAside }

  @Test(arguments: Progress.allCases) func whatWasKilledIsFinished(_ progress: Progress) throws {
    for _ in 1...3 { try fixture.commit() }
    for version in [1, 2] { try versions.promote(version) }
    try commit(replacing: 1)
    try versions.finishScrubbing()
    let replacement = try commit(replacing: 2)
    if progress != .committed { try append("scrub 2 \(replacement)") }
    if progress == .promotionNoted { try append("promote \(replacement)") }
    if progress == .promoted || progress == .setAside { try versions.promote(replacement) }
    if progress == .setAside {
      try FileManager.default.moveItem(
        atPath: fixture.path("versions/000002"), toPath: fixture.path("staging/pruned-2-1"))
    }
    // In every case there is a version in service, and one to roll back to.
    #expect(try [2, replacement].contains(#require(try versions.current())))
    #expect(try !versions.rollbackCandidates().isEmpty)
    try versions.removeLeftovers()
    try versions.finishScrubbing()
    #expect(try versions.all() == [3, 4, replacement])
    #expect(try versions.current() == replacement)
    #expect(try versions.rollbackCandidates() == [4])
    #expect(try Folders.contents(of: fixture.path("staging")).isEmpty)
    #expect(try versions.leftovers().isEmpty)
  }

  @Test func aDamagedReplacementGoesAndReplacesNothing() throws {
    try fixture.commit()
    try versions.promote(1)
    try fixture.damage(commit(replacing: 1))
    try versions.finishScrubbing()
    #expect(try versions.current() == 1 && versions.all() == [1])
    try commit(replacing: 1)
    try versions.finishScrubbing()
    #expect(try versions.current() == versions.all().first && versions.current() != 1)
  }

  @Test func aReplacementInServiceThatIsDamagedGivesWayToWhatItReplaced() throws {
    for version in 1...2 {
      try fixture.commit()
      try versions.promote(version)
    }
    let replacement = try commit(replacing: 2)
    try append("scrub 2 \(replacement)")
    try versions.promote(replacement)
    try fixture.damage(replacement)
    try versions.finishScrubbing()
    #expect(try versions.current() == 2 && versions.all() == [1, 2])
    #expect(try versions.rollbackCandidates() == [1])
    let next = try commit(replacing: 2)
    try versions.finishScrubbing()
    #expect(next > replacement)
    #expect(try versions.current() == next && versions.rollbackCandidates() == [1])
  }

  @Test func pruningGoesByWhenModelsWereTrained() throws {
    for _ in 1...4 { try fixture.commit() }
    try versions.promote(4)
    for version in [1, 2] { try commit(replacing: version) }
    try versions.finishScrubbing()
    #expect(try versions.all() == [3, 4, 5, 6])
    #expect(try versions.inOrderOfTraining(versions.all()) == [5, 6, 3, 4])
    #expect(try versions.prunable(keeping: 2) == [5, 6])
    #expect(try versions.prune(keeping: 3) == [5])
    #expect(try versions.all() == [3, 4, 6])
  }

  @Test func aVersionThatIsGoneIsNotPromoted() throws {
    try fixture.commit()
    try versions.promote(1)
    try commit(replacing: 1)
    try versions.finishScrubbing()
    #expect(code { try versions.promote(1) } == .missing)
    #expect(try versions.current() == 2)
  }
}
