import Jobs
import Testing

/// Tests the search for options on candidates with known losses.
struct HalvingSearchTests {
  /// The trials, in order.
  private final class Log {
    var trials: [(candidate: Int, share: Double)] = []
    var seconds = 0.0
  }

  /// Searches candidates that take a second for a full training and have the given losses.
  private func search(
    seconds: Double, isHalving: Bool = true, _ log: Log = Log(), slower: Double = 1,
    loss: (Int) -> Double?
  ) -> Int {
    HalvingSearch(seconds: seconds, isHalving: isHalving).best { candidate, share in
      log.trials.append((candidate, share))
      let taken = share * (candidate == 0 ? 1 : slower)
      log.seconds += taken
      // The shorter the training, the higher every candidate's loss.
      return (loss(candidate).map { $0 + 1 / share }, taken)
    }
  }

  @Test func theBestIsFoundAndTheTimeIsKept() {
    let log = Log()
    #expect(search(seconds: 30, log) { $0 == 17 ? 1 : 2 + Double($0 % 7) } == 17)
    #expect(log.seconds <= 30 && log.seconds > 25, "\(log.seconds)")
    #expect(log.trials.first?.candidate == 0 && log.trials.first?.share == 1)
    let shares = log.trials.dropFirst().map(\.share)
    #expect(shares == shares.sorted(), "from short to long")
    let ends = shares.count { $0 == 1 }
    let thirds = shares.count { $0 > 0.2 && $0 < 0.5 }
    let ninths = shares.count { $0 < 0.2 }
    #expect(ninths > 2 * thirds && thirds > 2 * ends && ends > 2)
  }

  @Test func whatIsUsualStaysWhereNothingIsBetter() {
    #expect(search(seconds: 50) { $0 == 0 ? 1 : 2 } == 0)
    #expect(search(seconds: 50) { $0 == 0 ? 1 : nil } == 0)
    #expect(search(seconds: 50) { $0 == 0 ? nil : .nan } == 0)
    #expect(search(seconds: 50) { $0 == 0 ? nil : 3 } != 0)
    #expect(search(seconds: 50) { $0 == 0 ? .nan : 3 } != 0)
  }

  @Test func withoutTimeOnlyWhatIsUsualIsLearned() {
    let log = Log()
    #expect(search(seconds: 0.5, log) { Double(-$0) } == 0)
    #expect(log.trials.count == 1)
  }

  /// If candidates are slower than the default, some remain untried.
  @Test func slowCandidatesEndItInTime() {
    let log = Log()
    let best = search(seconds: 30, log, slower: 4) { $0 == 0 ? 100 : Double(($0 * 7) % 31) }
    #expect(log.seconds <= 31, "\(log.seconds)")
    #expect(best > 0 && log.trials.last?.share == 1, "some get to the end")
  }

  @Test func whatCannotBeShortenedIsLearnedToTheEnd() {
    let log = Log()
    #expect(search(seconds: 8, isHalving: false, log) { Double(abs($0 - 5)) } == 5)
    #expect(log.trials.map(\.candidate) == Array(0...7) && log.trials.allSatisfy { $0.share == 1 })
    #expect(
      HalvingSearch(seconds: 1e9, isHalving: false).plan(secondsEach: 1).map(\.count)
        == [HalvingSearch.mostCandidates])
    #expect(
      HalvingSearch(seconds: 1e9, isHalving: true).plan(secondsEach: 0).map(\.count)
        == [243, 81, 27])
  }
}
