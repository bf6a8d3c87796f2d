import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests every kind of bad line and the exact position reported for it.
@Suite struct BadLineTests {
  @Test func manyBlankLinesBeforeTheFirstAreCalledWhatTheyAre() throws {
    let line = "u,i,3\n"
    #expect(try readRatings(of: String(repeating: "\n", count: 100_000) + line).count == 1)
    let blank = try #require(
      try faultReading(Array((String(repeating: "\r\n", count: 2_000_000) + line).utf8)))
    #expect(blank.code == .noRecord)
    #expect(blank.problem == "it starts with more than 1048576 bytes of blank lines")
    let long = try #require(
      try faultReading(Array(("\n\n" + String(repeating: "x", count: 3_000_000)).utf8)))
    #expect(long.code == .lineTooLong && long.place.line == 3)
  }

  struct Case: Sendable {
    let line: String
    let code: RatingsFileErrorCode
    let column: Int?
    let name: String?

    init(_ line: String, _ code: RatingsFileErrorCode, _ column: Int?, _ name: String?) {
      self.line = line
      self.code = code
      self.column = column
      self.name = name
    }
  }

  static let header = "userId,movieId,rating,timestamp\n"
  static let cases = [
    Case("1,2,3", .columnCount, nil, nil),
    Case("1,2,3,4,5", .columnCount, nil, nil),
    Case("1;2;3;4", .columnCount, nil, nil),
    Case("1,2,abc,4", .notANumber, 3, "rating"),
    Case("1,2,,4", .notANumber, 3, "rating"),
    Case("1,2,\"3,5\",4", .otherDecimalSign, 3, "rating"),
    Case("1,2,0x10,4", .notANumber, 3, "rating"),
    Case("1,2,3 4,4", .notANumber, 3, "rating"),
    Case("1,2,1e,4", .notANumber, 3, "rating"),
    Case("1,2,--1,4", .notANumber, 3, "rating"),
    Case("1,2,.,4", .notANumber, 3, "rating"),
    Case("1,2,NaN,4", .notFinite, 3, "rating"),
    Case("1,2,-inf,4", .notFinite, 3, "rating"),
    Case("1,2,Infinity,4", .notFinite, 3, "rating"),
    Case("1,2,1e39,4", .notFinite, 3, "rating"),
    Case("1,2,5.5,4", .outsideScale, 3, "rating"),
    Case("1,2,0.49999997,4", .outsideScale, 3, "rating"),
    Case("1,2,3,yesterday", .badTime, 4, "timestamp"),
    Case("1,2,3,2001-02-29", .badTime, 4, "timestamp"),
    Case("1,2,3,964982703000", .badTime, 4, "timestamp"),
    Case("1,2,3,99999999999999999999", .badTime, 4, "timestamp"),
    Case(",2,3,4", .badIdentifier, 1, "userId"),
    Case("1,\"\",3,4", .badIdentifier, 2, "movieId"),
    Case("1,\(String(repeating: "x", count: 1025)),3,4", .badIdentifier, 2, "movieId"),
    Case("1,a\u{0}b,3,4", .badText, 2, "movieId"),
    Case("1,\"2,3,4", .badQuoting, 2, "movieId"),
    Case("1,\"2\"x,3,4", .badQuoting, 2, "movieId"),
    Case("1,\"2\" x,3,4", .badQuoting, 2, "movieId"),
  ]

  @Test(arguments: cases) func isReportedWithItsPlace(_ bad: Case) throws {
    let scale = RatingScale(minimum: 0.5, maximum: 5)
    for chunkSize in [1, 5, 1 << 20] {
      for end in ["\n", "\r\n", ""] {
        let text = Self.header + "1,1,3,4\n\n" + bad.line + end
        let fault = try #require(
          try faultReading(
            Array(text.utf8), RatingsFileOptions(DialectOptions(quoting: .double)), scale: scale,
            chunkSize: chunkSize))
        #expect(fault.code == bad.code)
        #expect(fault.place.line == 4)
        #expect(fault.place.column == bad.column)
        #expect(fault.place.columnName == bad.name)
        #expect(fault.place.file.hasSuffix("ratings.csv"))
        #expect(!fault.problem.hasSuffix(".") && fault.remedy.hasSuffix("."))
      }
    }
  }

  @Test func bytesThatAreNoUTF8AreReported() throws {
    for bytes: [UInt8] in [[0xE9], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xFF, 0xFE]] {
      let line = Array("caf".utf8) + bytes + Array(",2,3,4\n".utf8)
      let fault = try #require(try faultReading(Array(Self.header.utf8) + line))
      #expect(fault.code == .badEncoding)
      #expect(fault.place.line == 2 && fault.place.column == 1)
      #expect(fault.remedy.contains("windows-1252"))
    }
  }

  @Test(arguments: ["x", "1.5", "", "9223372036854775808", "-9223372036854775809", " 7", "-"])
  func idsThatAreNoIntegersAreReportedWhereIntegersAreMeant(_ id: String) throws {
    let fault = try #require(
      try faultReading(
        Array("\(Self.header)1,2,3,4\n2,\"\(id)\",3,4\n".utf8), types: (.integer, .integer)))
    #expect(fault.code == (id.isEmpty ? .badIdentifier : .notAnInteger))
    #expect(fault.place.line == 3 && fault.place.column == 2)
  }

  @Test func theLineOfAColumnBehindLineEndsInQuotesIsItsOwn() throws {
    let options = RatingsFileOptions(columns: try RatingsColumns("user=1,item=2,value=4"))
    let text = "a,b,\"three\nlines \"\"here\"\"\n\",4\nc,d,\"two\nlines\",x\n"
    let fault = try #require(try faultReading(Array(text.utf8), options))
    #expect(fault.place.line == 5 && fault.place.column == 4)
    let quote = try #require(
      try faultReading(Array("a,b,c,1\na,b,\"x\ny\",\"z\n".utf8), options))
    #expect(quote.code == .badQuoting)
    #expect(quote.place.line == 3 && quote.place.column == 4)
  }

  @Test func aLineWithoutEndIsReportedAndNotCollected() throws {
    let endless = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
    let options = RatingsFileOptions(DialectOptions(delimiter: .comma), hasHeader: true)
    let header = Array("user,item\n".utf8)
    #expect(try faultReading(header + endless, options)?.code == .lineTooLong)
    let quoted = try faultReading(header + Array("a,\"".utf8) + endless, options)
    #expect(quoted?.code == .badQuoting)
    #expect(quoted?.place.line == 2 && quoted?.place.column == 2)
  }

  @Test func messagesShowTextSafely() throws {
    let hostile = "1,2,\u{1B}[31m" + String(repeating: "x", count: 10_000) + ",4\n"
    let fault = try #require(try faultReading(Array((Self.header + hostile).utf8)))
    #expect(!fault.description.contains("\u{1B}"))
    #expect(fault.description.count < 400)
  }
}
