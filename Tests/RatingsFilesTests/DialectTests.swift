import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that the meaning of quotes is inferred from what explains every line, or given. Lines never merge unnoticed.
@Suite struct DialectTests {
  /// An example from Last.fm's dumps, in which quotes have no meaning.
  static let plays =
    "u1\ta1\t\"Heroes\t7\nu2\ta2\tx\t3\nu3\ta3\ty\t5\nu4\ta4\tz\t3\nu5\ta5\tb\"\t3\n"

  @Test func quotesInADumpMeanNothing() throws {
    let options = RatingsFileOptions(columns: try RatingsColumns("user=1,item=3,value=4"))
    #expect(
      try readRatings(of: Self.plays, options)
        == [
          Rating("u1", "\"Heroes", 7), Rating("u2", "x", 3), Rating("u3", "y", 5),
          Rating("u4", "z", 3), Rating("u5", "b\"", 3),
        ])
    // With commas, quotes are significant unless that explains fewer lines, or as many by merging some.
    let commas = Self.plays.replacing("\t", with: ",")
    #expect(try readRatings(of: commas, options).count == 5)
  }

  @Test(arguments: [
    ("a\t\"b\"\t3\n", "\"b\""), ("a\t\"b\"\t3\nc\td\t4\n", "\"b\""),
    ("a\t\"b\tc\"\t3\nc\td\t4\n", "b\tc"), ("a\t\"b\"\"c\"\t3\nc\td\t4\n", "b\"c"),
  ])
  func inTabsQuotesCountWhereTheyAreNeeded(_ text: String, _ item: String) throws {
    let alone = !text.contains("d")
    #expect(try readRatings(of: text).first?.item == ItemID(alone ? "b" : item))
  }

  @Test func backslashesEscapeQuotesWhereThatExplainsTheLines() throws {
    let text = "\"u1\";\"The \\\"Best\\\"; of\";\"3\"\n\"u2\";\"C:\\\\\";\"4\"\n"
    #expect(
      try readRatings(of: text) == [Rating("u1", "The \"Best\"; of", 3), Rating("u2", "C:\\", 4)])
  }

  @Test func whatIsSaidHolds() throws {
    let text = "a,\"b\",3\nc,\"d\\\",4\n"
    #expect(
      try readRatings(of: text, RatingsFileOptions(DialectOptions(quoting: Quoting.none)))
        == [Rating("a", "\"b\"", 3), Rating("c", "\"d\\\"", 4)])
    #expect(
      try readRatings(of: text, RatingsFileOptions(DialectOptions(quoting: .double)))
        == [Rating("a", "b", 3), Rating("c", "d\\", 4)])
    #expect(
      try faultReading(Array(text.utf8), RatingsFileOptions(DialectOptions(quoting: .backslash)))?
        .code
        == .badQuoting)
  }

  /// The quotes come after the sample, which does not show what they mean.
  @Test(arguments: [1 << 12, 1 << 20])
  func aQuoteThatTakesInRecordsIsDoubted(_ chunkSize: Int) throws {
    let good = String(repeating: "u,i,3\n", count: 12_000)
    let text = good + "a,\"b,1\nc,d,2\ne,f\",3\n"
    let fault = try #require(try faultReading(Array(text.utf8), chunkSize: chunkSize))
    #expect(fault.code == .badQuoting && fault.place.line == 12_001 && fault.place.column == 2)
    #expect(fault.problem.contains("most of these lines are records"))
    let double = try readRatings(
      of: text, RatingsFileOptions(DialectOptions(quoting: .double)), chunkSize: chunkSize)
    #expect(double.last == Rating("a", "b,1\nc,d,2\ne,f", 3))
    let none = try readRatings(
      of: text, RatingsFileOptions(DialectOptions(quoting: Quoting.none)), chunkSize: chunkSize)
    #expect(none.suffix(3) == [Rating("a", "\"b", 1), Rating("c", "d", 2), Rating("e", "f\"", 3)])
  }

  /// A blank or ragged line in between does not justify swallowing the others.
  @Test(arguments: ["c,d,2\n\n", "c,d,2\n \r\n", "c,d,e,2\n", "c,d\ng,h,5\n"])
  func aBadLineAmongThoseTakenInIsNoExcuse(_ between: String) throws {
    let good = (0..<20).map { "u\($0),\"it, em\",3\n" }.joined()
    let text = Array((good + "a,\"b,1\n\(between)e,f\",3\n").utf8)
    let fault = try #require(try faultReading(text))
    #expect(fault.code == .badQuoting && fault.place.line == 21)
  }

  @Test func textsOfSeveralLinesAreNoRecords() throws {
    let text = "user,item,rating,note\na,b,1,\"one\n\ntwo, and\nthree\"\nc,d,2,\n"
    #expect(try readRatings(of: text) == [Rating("a", "b", 1), Rating("c", "d", 2)])
  }

  @Test func recordsThatSpanLinesAreReadAndCounted() throws {
    let folder = try TemporaryFolder()
    let text = "user,item,rating,note\n\na,b,1,\"one\ntwo, and, more\n\"\nc,d,2,\n"
    let path = try folder.write(text, to: "ratings.csv")
    let file = try RatingsFile(path: path, options: RatingsFileOptions())
    try file.readRatings(
      users: IdentifierForm(.text), items: IdentifierForm(.text), scale: nil, batchSize: 10,
      rejects: nil
    ) { #expect($0.count == 2) }
    let tally = file.tally
    #expect(tally.total == 6 && tally.header == 1 && tally.blank == 1 && tally.ofRecords == 4)
    #expect(tally.records == 2 && tally.spanning == 1 && tally.firstSpanning == 3)
    #expect(tally.isBalanced)
  }

  @Test func whiteSpaceAroundColumnsIsNoPartOfThem() throws {
    let text = "user , item,rating \n a , b,3\n\" a \",\" b\" , 4 \n\tc\t,\td,5\r\n"
    #expect(
      try readRatings(of: text)
        == [Rating("a", "b", 3), Rating(" a ", " b", 4), Rating("c", "d", 5)])
    #expect(try readRatings(of: "a\t b \t3\n") == [Rating("a", "b", 3)])
  }

  @Test func aFirstLineMayStateTheDelimiter() throws {
    for text in [
      "sep=;\na;b,c;3\n", "SEP=;\r\nuser;item;rating\r\na;b,c;3\r\n", "\u{FEFF}sep=;\na;b,c;3",
    ] {
      #expect(try readRatings(of: text) == [Rating("a", "b,c", 3)])
    }
  }

  @Test func decimalCommasAreReadWhenThatIsSaid() throws {
    let text = "user;item;rating\na;b;3,5\na;c;4\n"
    let options = RatingsFileOptions(decimal: .comma)
    #expect(try readRatings(of: text, options) == [Rating("a", "b", 3.5), Rating("a", "c", 4)])
    let fault = try #require(try faultReading(Array(text.utf8)))
    #expect(fault.code == .otherDecimalSign && fault.remedy.contains("decimal ,"))
    #expect(
      try faultReading(Array("a;b;3.5\n".utf8), options)?.remedy.contains("decimal .") == true)
  }

  @Test(arguments: ["\\N", "NULL", "NA", "n/a", "NaN", "None", "null", ""])
  func timesThatAreNotKnownAreNone(_ word: String) throws {
    #expect(try readRatings(of: "user,item,rating,time\na,b,3,\(word)\n") == [Rating("a", "b", 3)])
  }

  @Test func booleansAreRatingsOf1And0() throws {
    let text = "user,item,rating\na,b,true\na,c,False\n"
    #expect(try readRatings(of: text) == [Rating("a", "b", 1), Rating("a", "c", 0)])
  }
}
