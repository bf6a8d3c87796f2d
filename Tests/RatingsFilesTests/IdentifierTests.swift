import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that one person is one user however the id is written, and that unusual ids are reported.
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
    // Also in a store with fixed types, from another file format, and for items.
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
    #expect(outcome.itemAnomalies?.alike.count == 3)
    #expect(outcome.userType == .text && outcome.itemType == .text)
  }

  /// In most tables a padded id is distinct from the integer, so it must not silently become one.
  @Test(arguments: ["007", "+7", "-07", "007.0", "-0"])
  func paddedIDsDoNotBecomeOthers(_ id: String) throws {
    try fixture.run("user,item,rating\n7,7,3\n")
    for text in ["\(id),7,5\n", "7,\(id),5\n"] {
      let error = #expect(throws: RatingsFileError.self) {
        try fixture.run("user,item,rating\n" + text)
      }
      #expect(error?.code == .notAnInteger && error?.place.line == 2, "\(id)")
    }
    let items = #expect(throws: RatingsFileError.self) {
      try fixture.run(items: "id,title\n\(id),Seven\n")
    }
    #expect(items?.code == .notAnInteger)
    #expect(try fixture.all() == [Rating(user: UserID(7), item: ItemID(7), value: 3)])
    // Rejected ids are counted. With integers given as the type, they are read as integers and counted.
    let rejected = try fixture.run("user,item,rating\n8,7,1\n\(id),7,5\n") {
      $0.rejectsPath = fixture.folder.path("bad.csv")
    }
    #expect(rejected.rejectedCount == 1 && rejected.ratings.added == 1)
    let told = try fixture.run("user,item,rating\n\(id),7,5\n9,7,5\n") { $0.userType = .integer }
    #expect(told.userAnomalies?.padded.count == 1)
    #expect(told.userAnomalies?.padded.examples == ["\"\(id)\""])
  }

  @Test func paddedIDsStayAsTheyAreAmongTexts() throws {
    let outcome = try fixture.run("user,item\n007,a\n7,a\nx,a\n")
    #expect(try fixture.all().map(\.user.description).sorted() == ["007", "7", "x"])
    #expect(outcome.userAnomalies?.alike.examples == ["\"7\"", "\"007\""])
  }

  @Test func integersWithAndWithoutDecimalsAreTold() throws {
    let mixed = try fixture.run("user,item,rating\n1,10,3\n1.0,11,4\n2.0,10,4\n")
    #expect(mixed.userAnomalies?.withDecimals.count == 2 && mixed.userAnomalies?.plainCount == 1)
    #expect(mixed.userAnomalies?.withDecimals.examples == ["\"1.0\"", "\"2.0\""])
    #expect(mixed.itemAnomalies?.withDecimals.count == 0)
  }

  @Test(arguments: ["NULL", "null", "NA", "N/A", "n/a", "NaN", "nan", "None", "\\N", "<NA>", "NaT"])
  func wordsForWhatIsMissingAreNoIDs(_ word: String) throws {
    for text in ["\(word),x,3\n", "a,\(word),3\n"] {
      let error = #expect(throws: RatingsFileError.self) {
        try fixture.run("user,item,rating\na,x,3\n" + text)
      }
      #expect(error?.code == .missingIdentifier && error?.place.line == 3, "\(word)")
    }
    let items = #expect(throws: RatingsFileError.self) {
      try fixture.run(items: "id,title\nx,One\n\(word),Two\n")
    }
    #expect(items?.code == .missingIdentifier)
    // They do not change the inferred type from integers to texts.
    let outcome = try fixture.run("user,item,rating\n1,x,3\n\(word),x,4\n") {
      $0.rejectsPath = fixture.folder.path("bad.csv")
    }
    #expect(outcome.userType == .integer && outcome.rejectedCount == 1)
    // With texts given as the type, they are kept as they are.
    let other = try ImportFixture()
    try other.run("user,item,rating\na,x,3\n\(word),x,4\n") { $0.userType = .text }
    #expect(try other.all().map(\.user.description).sorted() == ["a", word].sorted())
  }

  @Test(arguments: ["Nan", "Nil", "Na", "none", "Null", "nil", "NANCY"])
  func peopleWhoseNamesResembleThemStay(_ name: String) throws {
    try fixture.run("user,item,rating\n\(name),x,3\n")
    #expect(try fixture.all() == [Rating(name, "x", 3)])
  }

  @Test(arguments: ["\u{FEFF}", "\u{200B}", "\u{A0}", "\u{2003}", "\u{200E}", "\u{3000}", "\u{AD}"])
  func whatNobodySeesIsNoPartOfAnID(_ character: String) throws {
    let text =
      "user\(character),item,rating\n\(character)a,x\(character),3\n"
      + "a\(character)\(character),\(character)x,4\n\"\(character)é\(character)\",x,5\n"
    let outcome = try fixture.run(text, items: "id,title\n\(character)x,One\n")
    #expect(outcome.mergedCount == 1)
    #expect(try fixture.all() == [Rating("a", "x", 4), Rating("é", "x", 5)])
    #expect(try fixture.store.item(ItemID("x"))?.title == "One")
    let integers = try ImportFixture()
    try integers.run("user,item,rating\n7\(character),\(character)1,3\n7,1,4\n")
    #expect(try integers.all() == [Rating(user: UserID(7), item: ItemID(1), value: 4)])
    let error = #expect(throws: RatingsFileError.self) {
      try integers.run("user,item,rating\n\(character),1,3\n")
    }
    #expect(error?.code == .badIdentifier)
  }

  @Test func whatIsSeenAtAnEndStays() throws {
    // A flag of tag characters, a joiner, and characters that share some bytes with invisible ones.
    let ids = ["\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}", "क\u{94D}\u{200D}", "à", "\u{2070}", "íÂ"]
    try fixture.run("user,item,rating\n" + ids.map { "\($0),x,3\n" }.joined())
    #expect(try fixture.all().map(\.user.description).sorted() == ids.sorted())
  }

  @Test func whatNobodySeesWithinAnIDIsTold() throws {
    let outcome = try fixture.run("user,item\nBob,x\nBo\u{200B}b,x\n")
    #expect(outcome.userAnomalies?.alike.count == 1)
  }

  /// As in files joined with `cat`.
  @Test func aHeaderOnceMoreIsNobody() throws {
    for header in ["user,item", "user,item,time"] {
      let row = header.hasSuffix("time") ? "a,x,1342575343\n" : "a,x\n"
      let error = #expect(throws: RatingsFileError.self) {
        try fixture.run("\(header)\n\(row)\(header)\nb,\(row.dropFirst(2))")
      }
      #expect(error?.place.line == 3)
    }
    let outcome = try fixture.run(
      "user,item\na,x\nuser,item\nb,x\nuser,y\n", items: "id,title\nx,One\nid,title\ny,Two\n"
    ) {
      $0.rejectsPath = fixture.folder.path("bad.csv")
    }
    #expect(outcome.rejectedCount == 1 && outcome.rejectedItemCount == 1)
    #expect(try fixture.all().map(\.user.description).sorted() == ["a", "b", "user"])
  }

  @Test func whatIsNotOddIsNotTold() throws {
    let outcome = try fixture.run("user,item\na b,x\nc,y.z\nd,Zoë\n\u{1F600},0.5\n")
    for odd in [outcome.userAnomalies, outcome.itemAnomalies] {
      #expect(odd?.badEnds.count == 0 && odd?.alike.count == 0)
    }
  }
}
