import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that possible thousands separators are asked about, and that an import is refused if only the whole numbers of
/// a file with decimals would remain.
@Suite struct ValueTests {
  let fixture: ImportFixture

  init() throws { fixture = try ImportFixture() }

  private func refusal(_ texts: [String], _ decimal: DecimalSign? = nil) throws -> RatingsFileError?
  {
    let inputs = try texts.enumerated().map { number, text in
      RatingsImport.RatingsInput(
        path: try fixture.folder.write(text, to: "\(number).csv"),
        options: RatingsFileOptions(decimal: decimal))
    }
    var importing = RatingsImport(ratings: inputs)
    importing.rejectsPath = fixture.folder.path("bad.csv")
    do {
      _ = try importing.run(into: fixture.store)
      return nil
    } catch let error as RatingsFileError {
      return error
    }
  }

  @Test(arguments: [
    "", "7;;4\n", "7;2\n", "7;2;x\n7;3;NaN\n7;4;NULL\n", ";;;\n;;;\n;;;\n;;;\n",
  ])
  func otherBadLinesDoNotHideTheDecimals(_ others: String) throws {
    let text =
      "user;item;rating\n" + (0..<5).map { "\($0);1;3,5\n\($0);2;4\n" }.joined() + others
    let error = try #require(try refusal([text]))
    #expect(error.code == .otherDecimalSign && error.place.line == 2, "\(error)")
    #expect(error.problem.contains("the 5 such lines only whole numbers would remain"))
    let other = "user;item;rating\n1;1;3.5\n1;2;4.5\n1;3;1.5\n2;1;2.5\n2;2;2.5\n2;3;0.5\n"
    #expect(try refusal([other, text])?.code == .otherDecimalSign)
    #expect(try refusal([text], .comma) == nil)
    #expect(try fixture.all().count { $0.value == 3.5 } == 5)
  }

  @Test func aSlipAmongDecimalsIsABadLine() throws {
    #expect(try refusal(["user;item;rating\n1;1;3.5\n1;2;4,5\n1;3;2.5\n1;4;4\n"]) == nil)
    #expect(try fixture.all().map(\.value) == [3.5, 2.5, 4])
  }

  @Test(arguments: [
    ("user;item;plays\n1;2;1.234\n1;3;567\n", "1234", DecimalSign.point),
    ("user;item;plays\n1;2;1.234\n1;3;2.345\n", "1234", .point),
    ("user;item;rating\n1;2;-12.000\n1;3;5\n", "12000", .point),
    ("{\"user\":1,\"item\":2,\"plays\":\"1.234\"}\n", "1234", .point),
  ])
  func whatMayBeThousandsIsAsked(_ text: String, _ number: String, _ decimal: DecimalSign) throws {
    let error = try #require(try refusal([text]))
    #expect(error.code == .otherDecimalSign && error.problem.contains("thousands"), "\(error)")
    #expect(error.remedy.contains("without separators: \(number).") && error.place.column == 3)
    // A given decimal sign settles it.
    #expect(try refusal([text], decimal) == nil)
    #expect(try fixture.all().first.map { $0.value.magnitude < 100 } == true)
  }

  @Test(arguments: [
    "user,item,rating\n1,2,1.234\n1,3,4.5\n", "user,item,rating\n1,2,1.234\n1,3,2.345\n",
    "user,item,rating\n1,2,0.125\n1,3,1\n", "user,item,plays\n1,2,1.234\n1,3,4.0\n",
    "user,item,rating\n1,2,1.2345\n1,3,4\n", "{\"user\":1,\"item\":2,\"plays\":1.234}\n",
    "user,item,plays\n1,2,1000\n1,3,273.0\n",
  ])
  func decimalsStayDecimals(_ text: String) throws {
    #expect(try refusal([text]) == nil)
  }

  @Test func millionsAreNamedAsSuch() throws {
    for text in ["1.234.567", "1,234,567"] {
      let fault = try #require(try faultReading(Array("user;item;plays\n1;2;\(text)\n".utf8)))
      #expect(fault.code == .otherDecimalSign && fault.remedy.contains("1234567"))
    }
  }

  @Test func aDateFarFromOurDaysIsCounted() throws {
    let outcome = try fixture.run(
      "user,item,rating,date\n1,2,3,1971-02-03\n1,3,4,1984-01-01\n1,4,4,2001-01-01\n")
    let check = try #require(outcome.times.first?.check)
    #expect(check.datesAreImplausible && check.implausibleDateCount == 2 && check.dateCount == 3)
    #expect(check.numberCount == 0)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (-62_135_596_800, "0001-01-01T00:00:00Z"),
    (253_402_300_799, "9999-12-31T23:59:59Z"), (951_782_399, "2000-02-28T23:59:59Z"),
    (951_782_400, "2000-02-29T00:00:00Z"), (-2_203_891_201, "1900-02-28T23:59:59Z"),
    (-12_219_292_801, "1582-10-14T23:59:59Z"), (-1, "1969-12-31T23:59:59Z"),
  ])
  func timesAreShownAsTheyAreRead(_ seconds: Int64, _ text: String) throws {
    let time = Timestamp(microseconds: seconds * 1_000_000 + 999_999)
    #expect(time.description == text)
    #expect(
      try readRatings(of: "user,item,rating,time\na,b,3,\(text)\n")
        == [Rating("a", "b", 3, seconds: seconds)])
  }
}
