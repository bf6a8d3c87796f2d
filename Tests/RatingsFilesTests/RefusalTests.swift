import Errors
import Foundation
import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests that a dry run is refused for the same reasons as an import, and that a refused import has no effect and
/// creates no store.
@Suite struct RefusalTests {
  let fixture: ImportFixture

  init() throws { fixture = try ImportFixture() }

  private func importing(
    _ text: String, _ change: (inout RatingsImport) -> Void = { _ in }
  ) throws -> RatingsImport {
    let path = try fixture.folder.write(text, to: "next.csv")
    var importing = RatingsImport(ratings: [.init(path: path)])
    change(&importing)
    return importing
  }

  @Test func aRefusedImportMakesNoStore() throws {
    #expect(throws: RatingsFileError.self) {
      try importing("user,item,rating\na,b,x\n").run(into: fixture.store)
    }
    #expect(!FileManager.default.fileExists(atPath: fixture.folder.path("latent.sqlite")))
    _ = try importing("user,item,rating\na,b,3\n").run(into: fixture.store)
    #expect(try fixture.all().count == 1)
  }

  @Test func aDryRunAsksWhetherTheStoreHasOtherValues() throws {
    let plays = try importing("user,item\na,b\n")
    #expect(try plays.preview(over: fixture.store).ratings.added == 1)
    try fixture.run("user,item,rating\na,b,3\na,c,4.5\n")
    let before = try fixture.all()
    let error = #expect(throws: RatingsFileError.self) { try plays.preview(over: fixture.store) }
    #expect(error?.code == .noValueColumn)
    #expect(try fixture.all() == before)
  }

  @Test func aDryRunAsksWhetherTheStoreKeepsToTheScale() throws {
    try fixture.run("user,item,rating\na,b,3\na,c,9\n")
    let scaled = try importing("user,item,rating\nd,b,3\n") { $0.scale = RatingScale("1..5") }
    let error = #expect(throws: StoreError.self) { try scaled.preview(over: fixture.store) }
    #expect(error?.code == .settingsConflict)
    let wide = try importing("user,item,rating\nd,b,3\n") { $0.scale = RatingScale("1..10") }
    #expect(try wide.preview(over: fixture.store).ratings.added == 1)
    #expect(try fixture.store.settings().scale == nil)
    #expect(try fixture.all().count == 2)
  }

  @Test func aDryRunAsksWhetherAFileWasAddedBefore() throws {
    let adding = try importing("user,item,rating\na,b,3\n") { $0.adds = true }
    #expect(try adding.preview(over: fixture.store).filesAddedBefore.isEmpty)
    _ = try adding.run(into: fixture.store)
    for _ in 0..<2 {
      let outcome = try adding.preview(over: fixture.store)
      #expect(outcome.filesAddedBefore.count == 1 && outcome.ratings.count == 0)
    }
    let other = try importing("user,item,rating\na,b,4\n") { $0.adds = true }
    for _ in 0..<2 {
      #expect(try other.preview(over: fixture.store).filesAddedBefore.isEmpty)
    }
  }

  @Test(arguments: ["1,234", "12,345,678", "-1,234"]) func thousandsAreNoDecimals(_ number: String)
    throws
  {
    let fault = try #require(try faultReading(Array("user\titem\trating\na\tb\t\(number)\n".utf8)))
    #expect(fault.code == .otherDecimalSign)
    #expect(fault.remedy.contains("without separators: \(number.filter(\.isNumber))"), "\(fault)")
  }

  @Test func aTimeOf0AmongOthersIsNone() throws {
    let late = (0..<9).map { "a,i\($0),3,134257534\($0)\n" }
    let outcome = try fixture.run("user,item,rating,time\n" + late.joined() + "b,x,4,0\nc,x,4,0\n")
    #expect(outcome.times.first?.check.zeroCount == 2)
    let times = try fixture.all().map(\.time)
    #expect(times.count { $0 == nil } == 2)
    #expect(outcome.times.first?.check.range?.lowerBound.microseconds == 1_342_575_340_000_000)
    // If all times count from 0, the first one is a time.
    var seconds = RatingsFileOptions(columns: try RatingsColumns("user=1,item=2,value=3,time=4"))
    seconds.timeUnit = .seconds
    #expect(
      try readRatings(of: "a,b,3,0\na,c,3,5\n", seconds)
        == [Rating("a", "b", 3, seconds: 0), Rating("a", "c", 3, seconds: 5)])
  }
}
