import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests how delimiters, headers and columns are detected or given.
@Suite struct LayoutTests {
  static let expected = [
    Rating("alice", "m1", 4.5, seconds: 964_982_703), Rating("bob", "m2", 3, seconds: 964_982_704),
  ]

  @Test(arguments: [",", ";", "\t", "|", "::"])
  func delimitersAreFound(_ delimiter: String) throws {
    let rows = [
      ["userId", "movieId", "rating", "timestamp"], ["alice", "m1", "4.5", "964982703"],
    ]
    let text = (rows + [["bob", "m2", "3", "964982704"]]).map { $0.joined(separator: delimiter) }
    #expect(try readRatings(of: text.joined(separator: "\n")) == Self.expected)
    #expect(try readRatings(of: text.dropFirst().joined(separator: "\n")) == Self.expected)
  }

  @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
  func lineEndsByteOrderMarksAndBlankLinesAreNoMatter(_ end: String, _ mark: String) throws {
    for last in ["", end, end + end] {
      let text =
        mark
        + ["user,item,rating,time", "alice,m1,4.5,964982703", "", "bob,m2,3,964982704"]
        .joined(separator: end) + last
      #expect(try readRatings(of: text) == Self.expected)
    }
  }

  @Test(arguments: [
    "userId,movieId,rating,timestamp", "USER_ID,Film-Id,Stars,Date", "user,item,value,time",
    " user id , item id ,score,unix_time", "customer,product,rating,created_at",
  ])
  func usualNamesOfColumnsAreUnderstood(_ header: String) throws {
    #expect(
      try readRatings(of: header + "\nalice,m1,4.5,964982703\nbob,m2,3,964982704\n")
        == Self.expected)
  }

  @Test func columnsStandInAnyOrderAndOthersAreIgnored() throws {
    let text = "comment,rating,item,user\n\"x, y\",4,m1,alice\n,5,m2,alice\n"
    #expect(try readRatings(of: text) == [Rating("alice", "m1", 4), Rating("alice", "m2", 5)])
  }

  @Test func columnsCanBeNamedAndNumbered() throws {
    let text = "a,b,c,d\n7,alice,4.5,m1\n"
    let expected = [Rating("alice", "m1", 4.5)]
    for columns in ["user=b,item=d,value=c", "user=2,item=4,rating=3", "item=d,user=2,value=c"] {
      var options = RatingsFileOptions(hasHeader: true, columns: try RatingsColumns(columns))
      #expect(try readRatings(of: text, options) == expected)
      options.hasHeader = nil
      if columns.contains("=d") { #expect(try readRatings(of: text, options) == expected) }
    }
    let numbered = RatingsFileOptions(columns: try RatingsColumns("user=2,item=4"))
    #expect(try readRatings(of: "7,alice,x,m1\n", numbered) == [Rating("alice", "m1", 1)])
  }

  @Test func withoutValuesEveryLineIsARatingOfOne() throws {
    #expect(
      try readRatings(of: "alice,m1\nbob,m2\n") == [Rating("alice", "m1"), Rating("bob", "m2")])
    #expect(
      try readRatings(of: "user,item,time\nalice,m1,5\n") == [Rating("alice", "m1", seconds: 5)])
  }

  @Test func emptyFilesAndHeadersAloneHoldNothing() throws {
    for text in ["", "\u{FEFF}", "user,item,rating\n", "user,item"] {
      #expect(try readRatings(of: text).isEmpty)
    }
  }

  @Test(arguments: ["\n", "\r\n\n", " \n  \n"])
  func bytesWithoutARecordAreAnError(text: String) throws {
    #expect {
      try readRatings(of: text)
    } throws: {
      ($0 as? RatingsFileError)?.code == .noRecord
    }
  }

  @Test func aLongFirstLineIsReadLikeAShortOne() throws {
    let others = (0..<12_000).map { "column\($0)" }.joined(separator: ",")
    let cells = String(repeating: ",", count: 11_999)
    #expect(others.utf8.count > 96 << 10)
    let text = "user,\(others),item,rating\n7,\(cells),8,3\n9,\(cells),8,4\n"
    #expect(try readRatings(of: text) == [Rating("7", "8", 3), Rating("9", "8", 4)])
  }

  @Test func aFirstLineThatIsNoneIsAnError() throws {
    let json = "{" + (0..<9000).map { "\"key\($0)\": 1" }.joined(separator: ", ") + "}"
    #expect(try faultReading(Array(json.utf8))?.code == .unknownColumns)
    #expect(try faultReading(Array(json.utf8))?.description.utf8.count ?? .max < 4000)
    #expect(try faultReading(Array(repeating: 0, count: 100_000))?.code == .notPlainText)
    for byte in [0, UInt8(ascii: "x"), UInt8(ascii: ",")] {
      let fault = try faultReading(Array(repeating: byte, count: 3 << 20))
      #expect(byte == 0 || fault?.code == .lineTooLong && fault?.place.line == 1)
    }
  }

  @Test func aFirstLineThatReadsBadlyIsNotTakenForAHeader() throws {
    let fault = try faultReading(Array("1,m1,four\n2,m2,3\n3,m2,4\n".utf8))
    #expect(fault?.code == .notANumber)
    #expect(fault?.place.line == 1)
    #expect(fault?.remedy.contains(" user=NAME") == true)
  }

  @Test func theNumberOfColumnsIsThatOfMostLines() throws {
    let fault = try faultReading(Array("alice,m1,4,5,6\nbob,m2,3\nbob,m3,3\nbob,m4,3\n".utf8))
    #expect(fault?.code == .columnCount)
    #expect(fault?.place.line == 1)
    #expect(fault?.problem == "5 columns instead of 3")
  }

  @Test(arguments: [
    ("a,b,c\n1,2,3\n", RatingsFileErrorCode.unknownColumns),
    ("user,userId,item\n1,2,3\n", .unknownColumns),
    ("1,2,3,4,5\n", .unknownColumns),
    ("alice\nbob\n", .noDelimiter),
  ])
  func whatIsNotClearIsAsked(_ text: String, _ code: RatingsFileErrorCode) throws {
    let isHeaderSaid = text.hasPrefix("a,b,c")
    let options = RatingsFileOptions(hasHeader: isHeaderSaid ? true : nil)
    let fault = try faultReading(Array(text.utf8), options)
    #expect(fault?.code == code)
    #expect(fault?.place.file.hasSuffix("ratings.csv") == true)
  }

  @Test func columnsThatAreNotThereAreNamed() throws {
    let text = Array("user,item,rating\n1,2,3\n".utf8)
    let named = RatingsFileOptions(columns: try RatingsColumns("user=user,item=film"))
    let fault = try faultReading(text, named)
    #expect(fault?.problem == "no column \"film\"")
    #expect(fault?.remedy.contains("user, item, rating") == true)
    let numbered = RatingsFileOptions(columns: try RatingsColumns("user=1,item=4"))
    #expect(try faultReading(text, numbered)?.problem == "no column 4: there are 3")
    var headless = named
    headless.hasHeader = false
    #expect(try faultReading(text, headless)?.code == .badRequest)
    let semicolon = RatingsFileOptions(DialectOptions(delimiter: .semicolon))
    #expect(try faultReading(text, semicolon)?.code == .noDelimiter)
  }

  @Test(arguments: [
    "", "user", "user=1", "item=2", "user=1,item=", "user=1,item=0", "user=1,user=2,item=3",
    "who=1,item=2", "user=1,item=2,",
  ])
  func malformedColumnsAreRefused(_ text: String) {
    #expect(throws: RatingsFileError.self) { try RatingsColumns(text) }
  }

  @Test func delimitersAreReadAsTheyAreWritten() {
    #expect(Delimiter("tab") == .tab)
    #expect(Delimiter("\\t") == .tab)
    #expect(Delimiter("::") == .doubleColon)
    #expect(Delimiter("~")?.description == "~")
    for text in ["", "a", "1", "\"", "\n", ":::", "é", "."] { #expect(Delimiter(text) == nil) }
  }

  @Test func foreignFilesAreNamed() throws {
    #expect(try faultReading(Array("PK\u{3}\u{4}".utf8))?.problem == "it is a zip archive")
    #expect(try faultReading(Array("1,2,3\r4,5,3\r".utf8))?.code == .notPlainText)
  }

  @Test func whatCannotBeOpenedIsNamed() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path("missing.csv"), folder.path] {
      #expect {
        try readRatings(path)
      } throws: {
        ($0 as? RatingsFileError)?.code == .inputOutput && "\($0)".hasPrefix(path)
      }
    }
  }
}
