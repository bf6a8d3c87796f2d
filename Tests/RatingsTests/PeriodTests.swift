import Ratings
import Testing

/// Tests how durations are typed.
@Suite struct PeriodTests {
  @Test(arguments: [
    ("0s", 0), ("90s", 90), ("90m", 5400), ("36h", 129_600), ("7d", 604_800),
    ("36525d", 36_525 * 86_400),
  ])
  func unitsAreThoseOfClocksAndDays(text: String, seconds: Int) {
    #expect(Period(text)?.seconds == seconds && Period(text)?.duration == .seconds(seconds))
    #expect(Period(text)?.description == text)
    #expect(Period(text, finest: .microsecond) == Period(text))
  }

  @Test(arguments: [
    "", "s", "7", "7 d", "07d", "+7d", "-7d", "7D", "7w", "1.5h", "7dd", "36526d", "4294967296s",
    "٣d",
    "7us", "7ms",
  ])
  func whatIsNoneIsRefused(text: String) { #expect(Period(text) == nil) }

  @Test func shortOnesAreReadWhereTheyAreAskedFor() {
    #expect(Period("250us", finest: .microsecond)?.duration == .microseconds(250))
    #expect(Period("10ms", finest: .microsecond)?.duration == .milliseconds(10))
    #expect(Period("10ms", finest: .millisecond)?.duration == .milliseconds(10))
    #expect(Period("10us", finest: .millisecond) == nil)
    #expect(Period("10us", finest: .microsecond)?.seconds == 0)
    #expect(Period("ms", finest: .microsecond) == nil)
  }
}
