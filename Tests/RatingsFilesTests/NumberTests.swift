import Errors
import Foundation
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that numbers and times are read exactly as defined.
@Suite struct NumberTests {
  private func values(_ texts: [String]) throws -> [Float] {
    let options = RatingsFileOptions(hasHeader: false)
    return try readRatings(of: texts.map { "u,i,\($0)\n" }.joined(), options).map(\.value)
  }

  private func times(_ texts: [String], _ unit: TimeUnit = .seconds) throws -> [Int64?] {
    let options = RatingsFileOptions(hasHeader: false, timeUnit: unit)
    return try readRatings(of: texts.map { "u,i,1,\"\($0)\"\n" }.joined(), options)
      .map { $0.time?.microseconds }
  }

  @Test func ratingsAreTheNearest32BitNumbers() throws {
    var random = SplitMix64(seed: 5)
    var texts = [
      "0", "-0", "4", "4.", ".5", "+3.5", "1e2", "1E-2", "12345678", "123456789", "0.1", "16777217",
      "16777216", "16777215.5", "0.00000001", "1.17549435e-38", "3.4028235e38", "1e-60",
      "0.000000000000000000000000000000000000000000000000012", "  3.5 ", "00003.50",
      "8388609.499999999999999999999999", "8388608.5000000000000000000001",
    ]
    for _ in 0..<2000 {
      let digits = Int.random(in: 1...12, using: &random)
      var text = (0..<digits).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
      let point = Int.random(in: 0...digits, using: &random)
      text.insert(".", at: text.index(text.startIndex, offsetBy: point))
      if Bool.random(using: &random) { text = "-" + text }
      if Int.random(in: 0..<4, using: &random) == 0 {
        text += "e\(Int.random(in: -20...20, using: &random))"
      }
      texts.append(text)
    }
    let read = try values(texts)
    #expect(read.count == texts.count)
    for (text, value) in zip(texts, read) {
      let nearest = strtof(text.trimmingCharacters(in: .whitespaces), nil)
      #expect(value.bitPattern == nearest.bitPattern, "\(text)")
    }
  }

  @Test func integersOf64BitsAreReadToTheLastBit() throws {
    let texts = ["0", "-1", "9223372036854775807", "-9223372036854775808", "007", "+7"]
    let read = try readRatings(
      of: texts.map { "\($0),1\n" }.joined(), RatingsFileOptions(hasHeader: false),
      types: (.integer, .integer), typesAreTold: true)
    #expect(read.map(\.user) == [0, -1, .max, .min, 7, 7].map { UserID($0) })
  }

  @Test func wholeNumbersCountTheUnit() throws {
    #expect(try times(["964982703", "0", "-1", ""]) == [964_982_703_000_000, 0, -1_000_000, nil])
    #expect(try times(["964982703123"], .milliseconds) == [964_982_703_123_000])
    #expect(try times(["964982703123456"], .microseconds) == [964_982_703_123_456])
    #expect(
      try times(["1.5", "-1.5", "964982703.0", "0.1234567"])
        == [1_500_000, -1_500_000, 964_982_703_000_000, 123_456])
  }

  @Test func nanosecondsAreCutToMicroseconds() throws {
    let texts = ["964982703123456789", "-1", "-9223372036854775808", "1500.9", "0"]
    #expect(
      try times(texts, .nanoseconds)
        == [964_982_703_123_456, -1, -9_223_372_036_854_776, 1, 0])
    #expect(throws: RatingsFileError.self) { try times(["1500.x"], .nanoseconds) }
    let text = "user,item,rating,time\na,b,3,964982703000000000\n"
    #expect(try readRatings(of: text) == [Rating("a", "b", 3, seconds: 964_982_703)])
  }

  /// A number whose microseconds overflow is never a time and must not crash, whatever the column's role.
  @Test(arguments: [
    ("9223372036854.999999", TimeUnit.seconds), ("-9223372036854.999999", .seconds),
    ("9223372036854775.999", .milliseconds), ("99999999999999999999", .seconds),
  ])
  func numbersBeyondAllTimesAreRefused(_ text: String, _ unit: TimeUnit) throws {
    #expect(throws: RatingsFileError.self) { try times([text], unit) }
    #expect(try readRatings(of: "user,item,rating,price\n1,2,3,\(text)\n").map(\.value) == [3])
  }

  @Test func datesAreReadInAnyUnit() throws {
    let texts = [
      "2000-07-30", "2000-07-30T18:45", "2000-07-30 18:45:03", "2000-07-30T18:45:03Z",
      "2000-07-30T18:45:03.25+02:00", "2000-07-30t18:45:03,5-0130", "2000-07-30T18:45:03+02",
      "2000-02-29", "1900-03-01", "0001-01-01", "9999-12-31T23:59:59.5Z",
      "2016-12-31T23:59:60Z",
    ]
    let day: Int64 = 964_915_200
    let time = day + 18 * 3600 + 45 * 60
    let seconds: [Double] = [
      Double(day), Double(time), Double(time + 3), Double(time + 3), Double(time + 3 - 7200) + 0.25,
      Double(time + 3 + 5400) + 0.5, Double(time + 3 - 7200), 951_782_400, -2_203_891_200,
      -62_135_596_800, 253_402_300_799.5, 1_483_228_800,
    ]
    for unit in TimeUnit.allCases {
      let read = try times(texts, unit)
      #expect(read == seconds.map { Int64(($0 * 1e6).rounded()) })
    }
  }

  @Test func datesAgreeWithTheCalendarOfTheSystem() throws {
    var random = SplitMix64(seed: 6)
    let formatter = ISO8601DateFormatter()
    let seconds = (0..<500).map { _ in
      Int64.random(in: -12_000_000_000...250_000_000_000, using: &random)
    }
    let texts = seconds.map {
      formatter.string(from: Date(timeIntervalSince1970: TimeInterval($0)))
    }
    #expect(try times(texts) == seconds.map { $0 * 1_000_000 })
  }

  @Test(arguments: [
    "2000-13-01", "2000-00-01", "2000-01-00", "2000-01-32", "1900-02-29", "2000-01-01T24:00",
    "2000-01-01T12:60", "2000-01-01T12:00:61", "2000-01-01T12", "2000-01-01T12:00:00.",
    "2000-01-01T12:00+", "2000-01-01T12:00Z ago", "2000-01-01x", "0000-01-01", "1.2.3", "1e9", "-",
    "253402300800", "-62135596801", "12 May 2001",
  ])
  func whatIsNoTimeIsRefused(_ text: String) throws {
    let fault = try faultReading(
      Array("u,i,1,\(text)\n".utf8), RatingsFileOptions(hasHeader: false))
    #expect(fault?.code == .badTime)
  }
}
