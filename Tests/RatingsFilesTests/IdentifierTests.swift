import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// One person is one user however the id is written, and what is odd about ids is told.
@Suite struct IdentifierTests {
  let fixture: ImportFixture

  init() throws { fixture = try ImportFixture() }

  @Test func wholeNumbersWithDecimalsAreIntegers() throws {
    let outcome = try fixture.run("user,item,rating\n1,10,3\n1.0, 10,4\n2.00,4.0,5\n")
    #expect(outcome.userType == .integer && outcome.itemType == .integer)
    #expect(outcome.mergedCount == 1)
    #expect(
      try fixture.all() == [
        Rating(user: UserID(1), item: ItemID(10), value: 4),
        Rating(user: UserID(2), item: ItemID(4), value: 5),
      ])
    // Also in a store that has its types, from another kind of file, and for items.
    try fixture.run(
      "{\"user\": 1.0, \"item\": \"10\", \"rating\": 2}", items: "id,title\n10.0,Ten\n")
    #expect(try fixture.all().first?.value == 2)
    #expect(try fixture.store.item(ItemID(10))?.title == "Ten")
  }

  @Test func spacesWithinQuotesAreKeptAndTold() throws {
    let outcome = try fixture.run("user,item\nann,\" 10\"\nbob,\" 10\"\nbob,\"x \"\nbob,y\n")
    #expect(outcome.itemAnomalies?.badEnds.count == 2)
    #expect(outcome.itemAnomalies?.badEnds.examples == ["\" 10\"", "\"x \""])
    #expect(outcome.userAnomalies?.badEnds.count == 0 && outcome.itemAnomalies?.alike.count == 0)
  }

  @Test func idsThatAreAlikeAreCountedOnceAndShown() throws {
    let text =
      "user,item\nBob,Zoë\nbob,Zoe\u{308}\nBOB,zoe\nbob,Zoë\nann,1\nann,1.0\nann,01\nann,x\n"
    let outcome = try fixture.run(text)
    #expect(outcome.userAnomalies?.alike.count == 2)
    #expect(outcome.userAnomalies?.alike.examples == ["\"bob\"", "\"Bob\""])
    #expect(outcome.itemAnomalies?.alike.count == 2)
    #expect(outcome.userType == .text && outcome.itemType == .text)
  }

  @Test func whatIsNotOddIsNotTold() throws {
    let outcome = try fixture.run("user,item\na b,x\nc,y.z\nd,Zoë\n\u{1F600},0.5\n")
    for odd in [outcome.userAnomalies, outcome.itemAnomalies] {
      #expect(odd?.badEnds.count == 0 && odd?.alike.count == 0)
    }
  }
}
