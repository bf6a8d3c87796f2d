import Errors
import Foundation
import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests whole imports into a real store.
@Suite struct ImportTests {
  let folder: TemporaryFolder
  let store: SQLiteStore

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("latent.sqlite"))
    _ = try store.migrate()
  }

  private func run(
    _ texts: String..., items: String? = nil, _ change: (inout RatingsImport) -> Void = { _ in }
  ) throws -> ImportOutcome {
    let inputs = try texts.enumerated().map { number, text in
      RatingsImport.RatingsInput(path: try folder.write(text, to: "ratings-\(number).csv"))
    }
    let itemsInputs = try items.map {
      [RatingsImport.ItemsInput(path: try folder.write($0, to: "items.csv"))]
    }
    var importing = RatingsImport(ratings: inputs, items: itemsInputs ?? [])
    change(&importing)
    return try importing.run(into: store)
  }

  private func all() throws -> [Rating] {
    var ratings: [Rating] = []
    try store.readRatings(from: .table, batchSize: 100) { batch in
      for position in 0..<batch.count { ratings.append(batch[position]) }
    }
    return ratings.sorted { ($0.user, $0.item) < ($1.user, $1.item) }
  }

  @Test func ratingsArriveAsTheyStand() throws {
    let outcome = try run(
      "user,item,rating,time\n7,-3,4.5,1342575343\n-9223372036854775808,2,0.1,\n")
    #expect(outcome.ratings == WriteTally(added: 2))
    #expect(
      try all() == [
        Rating(user: UserID(.min), item: ItemID(2), value: 0.1),
        Rating(
          user: UserID(7), item: ItemID(-3), value: 4.5,
          time: Timestamp(microseconds: 1_342_575_343_000_000)),
      ])
  }

  @Test(arguments: [1, 2, 100]) func thoseWhoWereForgottenAreRefused(_ batchSize: Int) throws {
    let text = "user,item,rating\nb,x,3\na,x,4\na,y,4\nc,x,1\n"
    _ = try run(text)
    _ = try store.forget(UserID("a"))
    _ = try store.forget(UserID("c"))
    let before = try all()
    let error = #expect(throws: RatingsFileError.self) {
      try run("user,item,rating\nd,x,1\n", text) { $0.batchSize = batchSize }
    }
    #expect(error?.code == .forgottenUser && error?.place.line == 3 && error?.place.column == 1)
    #expect(error?.place.file.hasSuffix("ratings-1.csv") == true)
    #expect(error?.problem.contains("3 lines would bring back 2 forgotten users") == true)
    #expect(error?.remedy.contains("readmit") == true)
    #expect(try all() == before)
    let one = #expect(throws: RatingsFileError.self) { try run("c,z,1\n") }
    #expect(one?.problem.contains("1 line would bring back 1 forgotten user,") == true)
  }

  @Test func thoseWhoWereForgottenAreTakenBackWhenThatIsSaid() throws {
    let text = "user,item,rating\na,x,4\na,y,4\nb,x,3\n"
    _ = try run(text)
    _ = try store.forget(UserID("a"))
    _ = try store.forget(UserID("gone"))
    let outcome = try run(text) { $0.forgotten = .readmit }
    #expect(outcome.ratings == WriteTally(added: 2, unchanged: 1) && outcome.readmittedCount == 1)
    let again = try run(text)
    #expect(again.ratings == WriteTally(unchanged: 3) && again.readmittedCount == 0)
    #expect(try store.forgottenUsers().contains(UserID("gone")))
  }

  @Test(arguments: ["a,x,4\na,y,4\nb,x,3\na,z,1\n", "7,1,4\n7,2,4\n8,1,3\n7,3,1\n"])
  func theRatingsOfThoseWhoWereForgottenAreLeftOutWhenThatIsSaid(_ text: String) throws {
    _ = try run(text)
    let type = try #require(try store.settings().userType)
    let first = try #require(UserID(String(text.prefix(1)), as: type))
    _ = try store.forget(first)
    let before = try all()
    let outcome = try run(text) { $0.forgotten = .skip }
    #expect(outcome.ratings == WriteTally(unchanged: 1) && outcome.skippedCount == 3)
    #expect(outcome.readmittedCount == 0)
    #expect(try all() == before && store.forgottenUsers().contains(first))
  }

  /// Bad lines are only a part of the file, even if all good lines are skipped.
  @Test func badLinesBesideThoseLeftOutAreSetAside() throws {
    _ = try run("user,item,rating\na,x,4\nb,x,3\n")
    _ = try store.forget(UserID("a"))
    let outcome = try run("user,item,rating\na,x,4\na,y,4\nb,y,bad\n") {
      $0.forgotten = .skip
      $0.rejectsPath = folder.path("bad.csv")
    }
    #expect(outcome.skippedCount == 2 && outcome.rejectedCount == 1 && outcome.ratings.count == 0)
  }

  @Test func importingAgainChangesNothing() throws {
    let text = "user,item,rating,time\na,x,4,1342575343\nb,x,3,1342575344\n"
    let items = "id,title,genres\nx,The X,Drama|War\n"
    _ = try run(text, items: items)
    let before = try all()
    let outcome = try run(text, items: items)
    #expect(outcome.ratings == WriteTally(unchanged: 2))
    #expect(outcome.items == WriteTally(unchanged: 1))
    #expect(try all() == before)
  }

  @Test func newerRatingsReplaceOlderOnes() throws {
    let outcome = try run(
      "user,item,rating,time\na,x,4,1000000010\na,x,2,1000000005\nb,x,1,1000000001\n",
      "user,item,rating,time\nb,x,5,1000000002\n")
    #expect(outcome.ratings == WriteTally(added: 2) && outcome.mergedCount == 2)
    #expect(
      try all() == [
        Rating("a", "x", 4, seconds: 1_000_000_010), Rating("b", "x", 5, seconds: 1_000_000_002),
      ])
    _ = try run("user,item,rating\nc,x,1\nc,x,2\n")
    #expect(try all().last == Rating("c", "x", 2))
  }

  @Test(arguments: [
    (["1", "-20", "0"], IdentifierType.integer), (["9223372036854775807"], .integer),
    (["1", "007"], .text), (["+7", "1"], .text), (["-0"], .text), (["1", "x"], .text),
    (["9223372036854775808"], .text), (["1.5"], .text), (["1", "1.0x"], .text),
  ])
  func typesAreFoundOut(_ ids: [String], _ type: IdentifierType) throws {
    _ = try run("user,item\n" + ids.map { "\($0),film\n" }.joined())
    #expect(try store.settings().userType == type)
    #expect(try store.settings().itemType == .text)
    #expect(try all().map(\.user.description).sorted() == ids.sorted())
  }

  @Test func theItemsFileHasItsSayInTheirType() throws {
    _ = try run("user,item\n1,2\n", items: "id,title\n3b,Three\n")
    #expect(try store.settings().userType == .integer)
    #expect(try store.settings().itemType == .text)
  }

  @Test func typesAreKeptOnceTheyAreThere() throws {
    _ = try run("user,item\na,b\n")
    _ = try run("user,item\n1,2\n")
    #expect(try all().map(\.user) == [UserID("1"), UserID("a")])
    #expect(throws: StoreError.self) { try run("user,item\n1,2\n") { $0.userType = .integer } }
  }

  @Test func textWhereTheStoreHasIntegersIsABadLine() throws {
    _ = try run("user,item\n1,2\n")
    #expect {
      try run("user,item\n1,3\nbob,2\n")
    } throws: {
      ($0 as? RatingsFileError)?.code == .notAnInteger
        && ($0 as? RatingsFileError)?.place.line == 3
    }
    #expect(try all().count == 1)
  }

  @Test func typesCanBeGiven() throws {
    _ = try run("user,item\n1,007\n") {
      $0.userType = .text
      $0.itemType = .integer
    }
    #expect(try all() == [Rating(user: UserID("1"), item: ItemID(7))])
  }

  @Test func aBadLineAnywhereLeavesNothing() throws {
    let good = "user,item,rating\n" + (0..<500).map { "\($0),1,3\n" }.joined()
    let bad = "user,item,rating\n1,2,3\n1,3,x\n"
    for fixedTypes in [false, true] {
      #expect {
        try run(good, bad, items: "id,title\n1,One\n") {
          $0.batchSize = 10
          if fixedTypes { ($0.userType, $0.itemType) = (.integer, .integer) }
          $0.scale = RatingScale(minimum: 1, maximum: 5)
        }
      } throws: {
        ($0 as? RatingsFileError)?.place.line == 3
      }
      #expect(try all().isEmpty)
      #expect(try store.settings() == StoreSettings())
      #expect(try store.items(search: nil, limit: 9).isEmpty)
    }
  }

  @Test func aStopFromOutsideLeavesNothing() throws {
    struct Stop: Error {}
    let path = try folder.write("u,1,1\nu,2,1\nu,3,1\n", to: "ratings.csv")
    var importing = RatingsImport(ratings: [.init(path: path)])
    (importing.batchSize, importing.sortedCount) = (1, 2)
    var steps: [RatingsImport.Progress] = []
    #expect(throws: Stop.self) {
      try importing.run(into: store) { progress in
        steps.append(progress)
        if progress.writtenCount == 2 { throw Stop() }
      }
    }
    #expect(steps.map(\.readCount) == [2, 3, 3, 3] && steps.map(\.writtenCount) == [0, 0, 1, 2])
    #expect(steps.allSatisfy { $0.share == 1 })
    #expect(try all().isEmpty)
  }

  @Test func theScaleIsSetAndEnforced() throws {
    _ = try run("user,item,rating\n1,2,5\n") { $0.scale = RatingScale(minimum: 0.5, maximum: 5) }
    #expect {
      try run("user,item,rating\n1,3,5.5\n")
    } throws: {
      ($0 as? RatingsFileError)?.code == .outsideScale
    }
    #expect(throws: StoreError.self) {
      try run("user,item,rating\n1,3,1\n") { $0.scale = RatingScale(minimum: 1, maximum: 10) }
    }
  }

  @Test func rejectsAreCountedAndTheRestComesIn() throws {
    let text = "user,item,rating\n1,2,3\nuser,item,rating\n1,3,NaN\n2,2,4\n"
    let outcome = try run(text) { $0.rejectsPath = folder.path("bad.csv") }
    #expect(outcome.ratings.added == 2)
    #expect(outcome.rejectedCount == 2)
    // A header in the middle is a bad line and does not affect the types.
    #expect(try store.settings().userType == .integer)
    #expect(
      try String(contentsOfFile: folder.path("bad.csv"), encoding: .utf8)
        == "user,item,rating\nuser,item,rating\n1,3,NaN\n")
  }

  @Test(arguments: [1, 3]) func badLinesAloneAreAnError(_ count: Int) throws {
    let lines = String(repeating: "1,2,x\n", count: count)
    let rejects = folder.path("bad.csv")
    #expect {
      try run("user,item,rating\n" + lines, items: "id,title\n2,Two\n") {
        $0.rejectsPath = rejects
        $0.userType = .integer
      }
    } throws: { error in
      guard let error = error as? RatingsFileError else { return false }
      return error.code == .noGoodLine && error.problem.hasSuffix("nothing was imported")
        && error.problem.contains(count == 1 ? "its only line is bad" : "all 3 lines are bad")
        && error.remedy.contains("line 2, column 3 (rating): \"x\" is not a number")
    }
    #expect(try store.settings() == StoreSettings())
    #expect(try store.item(ItemID(2)) == nil)
    #expect(!FileManager.default.fileExists(atPath: rejects))
  }

  @Test func nothingToImportIsNoError() throws {
    #expect(try run("", "user,item\n", items: "").ratings == WriteTally())
    #expect(try store.settings() == StoreSettings())
  }

  @Test func itemsComeWithTitlesAndAttributes() throws {
    let items = """
      movieId,Year,title,genres,director\r
      1,1995,"Say ""Hi"", Zoë",Comedy|Drama,\r
      2,,,(no genres listed),"A
      B"\r

      """
    _ = try run("user,item\n1,1\n", items: items)
    #expect(
      try store.item(ItemID(1))
        == Item(
          id: ItemID(1), title: "Say \"Hi\", Zoë",
          attributes: [
            ItemAttribute(name: "Year", value: "1995"),
            ItemAttribute(name: "genre", value: "Comedy"),
            ItemAttribute(name: "genre", value: "Drama"),
          ]))
    #expect(
      try store.item(ItemID(2))
        == Item(id: ItemID(2), attributes: [ItemAttribute(name: "director", value: "A\nB")]))
  }

  @Test func itemsCanFollowLater() throws {
    _ = try run("user,item\nu,i\n")
    #expect(try run(items: "id;title\ni;The I\n").items == WriteTally(added: 1))
    #expect(try store.item(ItemID("i"))?.title == "The I")
  }

  @Test(arguments: ["u,1", "7,1"]) func itemsMayComeBeforeRatings(_ rating: String) throws {
    let outcome = try run(items: "id,title\n1,One\n")
    #expect(outcome.items.added == 1 && outcome.userType == nil && outcome.itemType == .integer)
    #expect(try store.settings().userType == nil)
    _ = try run(rating + "\n")
    #expect(try store.settings().userType == (rating == "7,1" ? .integer : .text))
    #expect(try all().map(\.item) == [ItemID(1)])
  }

  @Test func valuesCanBeAddedOnceForEachFile() throws {
    _ = try run("user,item,plays\na,x,3\nb,y,1\n")
    let more = "user,item,plays\na,x,2\na,z,5\na,x,2\n"
    let added = try run(more) {
      $0.adds = true
      $0.repeats = .sum
    }
    #expect(added.ratings == WriteTally(added: 1, replaced: 1) && added.mergedCount == 1)
    let expected = [Rating("a", "x", 7), Rating("a", "z", 5), Rating("b", "y", 1)]
    #expect(try all() == expected)
    let again = try run(more, "a,x,1\n") { $0.adds = true }
    #expect(again.filesAddedBefore.map(\.file).first?.hasSuffix("ratings-0.csv") == true)
    #expect(again.filesAddedBefore.count == 1 && again.ratings == WriteTally(replaced: 1))
    #expect(try all().first == Rating("a", "x", 8))
    // A failed import is not recorded as added.
    #expect(throws: RatingsFileError.self) { try run("a,x,1\na,x,y\n") { $0.adds = true } }
    #expect(try run("a,x,1\na,x,2\n") { $0.adds = true }.ratings.replaced == 1)
  }

  @Test(arguments: [
    ("id,title\n1,One,1\n", RatingsFileErrorCode.columnCount, 2),
    ("id,title\n1,One\n,Two\n", .badIdentifier, 3), ("id,title\n1,One,\"\n", .badQuoting, 2),
    ("id,title\n1,O\u{0}ne\n", .badText, 2), ("id,title\nx,One\n", .notAnInteger, 2),
    ("movieId,filmId,title\n1,2,3\n", .unknownColumns, 0), ("a,b,c\n1,2,3\n", .unknownColumns, 0),
    ("one\n", .noDelimiter, 0),
  ])
  func badItemsAreReported(_ items: String, _ code: RatingsFileErrorCode, _ line: Int) throws {
    _ = try run("user,item\n1,1\n")
    #expect {
      try run(items: items)
    } throws: { error in
      guard let error = error as? RatingsFileError else { return false }
      return error.code == code && (error.place.line ?? 0) == line
    }
  }
}
