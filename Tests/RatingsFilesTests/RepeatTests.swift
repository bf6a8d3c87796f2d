import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that repeated ratings of a pair are combined by the given rule, in any order and chunking, and that every
/// record is accounted for.
@Suite struct RepeatTests {
  static let day: Int64 = 1_342_575_343

  @Test(arguments: [
    (RepeatRule.newest, Float(2), Int64(3)), (.sum, 9, 3), (.count, 3, 3), (.max, 4, 3),
    (.mean, 3, 3),
  ])
  func ruleSaysWhatRepeatsBecome(_ rule: RepeatRule, _ value: Float, _ seconds: Int64) throws {
    let fixture = try ImportFixture()
    let text =
      "user,item,rating,time\na,x,4,\(Self.day)\nb,x,1,\na,x,2,\(Self.day + 3)\na,x,3,\(Self.day + 1)\n"
    let outcome = try fixture.run(text) { $0.repeats = rule }
    #expect(outcome.mergedCount == 2 && outcome.ratings == WriteTally(added: 2))
    #expect(
      try fixture.all()
        == [Rating("a", "x", value, seconds: Self.day + seconds), Rating("b", "x", 1)])
    let again = try fixture.run(text) { $0.repeats = rule }
    #expect(again.ratings == WriteTally(unchanged: 2) && again.mergedCount == 2)
  }

  @Test func repeatsCanBeAnError() throws {
    let fixture = try ImportFixture()
    try fixture.run("a,x,4\na,y,4\n") { $0.repeats = .error }
    #expect {
      try fixture.run("7,x,4\n7,y,4\n7,x,4\n", "c,z,1\n7,x,2\n") { $0.repeats = .error }
    } throws: { error in
      let error = error as? RatingsFileError
      return error?.code == .repeated
        && error?.problem.contains("user 7 and item x occur together 3 times") == true
    }
    #expect(try fixture.all().count == 2)
  }

  @Test func playsAreCounted() throws {
    let fixture = try ImportFixture()
    let plays = "user,song\na,x\nb,y\na,x\na,x\n"
    let outcome = try fixture.run(plays)
    #expect(outcome.feedback == .implicit && outcome.repeats == .count)
    #expect(try fixture.all() == [Rating("a", "x", 3), Rating("b", "y", 1)])
    #expect(try fixture.store.settings().feedback == .implicit)
    // The same file changes nothing; further plays can be added to a store of plays.
    #expect(try fixture.run(plays).ratings == WriteTally(unchanged: 2))
    #expect(try fixture.run("a,x\nc,x\n").ratings == WriteTally(added: 1, replaced: 1))
    #expect(
      try fixture.run("a,x,7\n").doubts.first?.contains("the store holds implicit feedback") == true
    )
  }

  @Test func kindsOfFeedbackAreToldApart() throws {
    #expect(try ImportFixture().run("user,item,plays\na,x,3\n").feedback == .implicit)
    // Plays are refused in a store of opinions unless declared as explicit.
    let opinions = try ImportFixture()
    try opinions.run("user,item,rating\na,x,3\n")
    for plays in ["user,item,plays\na,y,30\n", "a,y,3000\n"] {
      let refused = #expect(throws: RatingsFileError.self) { try opinions.run(plays) }
      #expect(refused?.code == .otherFeedback)
      #expect(try opinions.run(plays) { $0.feedback = .explicit }.ratings.count == 1)
    }
    #expect(try ImportFixture().run("a,x,3\n").feedback == .explicit)
    #expect(try ImportFixture().run("a,x,3000\n").feedback == .implicit)
    let fixture = try ImportFixture()
    #expect(try fixture.run("a,x,3\n") { $0.feedback = .implicit }.feedback == .implicit)
    #expect {
      try fixture.run("a,x,3\n") { $0.feedback = .explicit }
    } throws: {
      ($0 as? StoreError)?.code == .settingsConflict
    }
  }

  /// Compares with a naive oracle. Few ratings are sorted at a time, so the temporary file is used.
  @Test(arguments: [IdentifierType.integer, .text], [1, 7, 100, 1 << 20])
  func randomRepeatsComeToWhatTheOracleSays(_ type: IdentifierType, _ sortedCount: Int) throws {
    var random = SplitMix64(seed: 12)
    for rule in RepeatRule.allCases where rule != .error {
      let fixture = try ImportFixture()
      var text = "user,item,rating,time\n"
      var pairs: [[String]: [Rating]] = [:]
      let prefix = type == .text ? "a long beginning " : ""
      for _ in 0..<500 {
        let ids = (0..<2).map { _ in prefix + String(Int.random(in: -9...9, using: &random)) }
        let value = Float(Int.random(in: 1...10, using: &random)) / 2
        let seconds =
          Bool.random(using: &random) ? Self.day + Int64.random(in: 0...5, using: &random) : nil
        pairs[ids, default: []].append(Rating(ids[0], ids[1], value, seconds: seconds))
        text += "\(ids[0]),\(ids[1]),\(value),\(seconds.map(String.init) ?? "")\n"
      }
      let outcome = try fixture.run(text) {
        $0.repeats = rule
        ($0.userType, $0.itemType) = (.text, .text)
        ($0.sortedCount, $0.batchSize) = (sortedCount, 64)
        if type == .integer { ($0.userType, $0.itemType) = (.integer, .integer) }
      }
      #expect(outcome.ratings == WriteTally(added: pairs.count))
      #expect(outcome.mergedCount == 500 - pairs.count)
      let stored = try fixture.all()
      #expect(stored.count == pairs.count)
      for rating in stored {
        let repeats = pairs[[rating.user.description, rating.item.description]] ?? []
        let expected = Self.oracle(repeats, rule)
        #expect(abs(rating.value - expected.value) < 1e-4)
        #expect(rating.time == expected.time)
      }
    }
  }

  private static func oracle(_ repeats: [Rating], _ rule: RepeatRule) -> (
    value: Float, time: Timestamp?
  ) {
    let values = repeats.map(\.value)
    let latest = repeats.compactMap(\.time).max()
    switch rule {
    case .newest:
      var newest = repeats[0]
      for next in repeats.dropFirst() {
        if let old = newest.time, let new = next.time, old > new { continue }
        newest = next
      }
      return (newest.value, newest.time)
    case .sum: return (values.reduce(0, +), latest)
    case .count: return (Float(values.count), latest)
    case .max: return (values.max() ?? 0, latest)
    case .mean: return (values.reduce(0, +) / Float(values.count), latest)
    case .error: return (0, nil)
    }
  }

  @Test func sumsBeyondNumbersAreErrors() throws {
    #expect {
      try ImportFixture().run("a,x,3e38\na,x,3e38\n") { $0.repeats = .sum }
    } throws: {
      ($0 as? RatingsFileError)?.code == .notFinite
    }
  }

  @Test func timesThatCannotBeRightAreRefusedUnlessTheUnitIsSaid() throws {
    let fixture = try ImportFixture()
    let text = "user,item,rating,time\na,x,4,7\na,y,4,8\nb,x,1,1342575343\n"
    #expect {
      try fixture.run(text)
    } throws: {
      ($0 as? RatingsFileError)?.code == .badTime
        && ($0 as? RatingsFileError)?.problem.contains("2 of 3 times") == true
    }
    #expect(throws: StoreError.self, "a refused import makes no store") {
      try fixture.store.settings()
    }
    let outcome = try fixture.run(text, options: RatingsFileOptions(timeUnit: .seconds))
    #expect(outcome.times.first?.check.isImplausible == true && outcome.ratings.added == 3)
    // Dates are unambiguous.
    #expect(try fixture.run("user,item,rating,time\na,x,4,1971-01-01\n").ratings.count == 1)
  }

  @Test func ratingsWithDecimalCommasAreNotLeftOut() throws {
    let fixture = try ImportFixture()
    let text = "user;item;rating\na;x;3,5\na;y;4\nb;x;2,5\n"
    #expect {
      try fixture.run(text) { $0.rejectsPath = fixture.folder.path("bad.csv") }
    } throws: {
      ($0 as? RatingsFileError)?.code == .otherDecimalSign
    }
  }

  /// Merges sorted runs in a temporary file, with text ids on one side and integers on the other.
  @Test(arguments: [false, true], [3, 64, 1 << 20])
  func mixedTypesOfIDsAreMergedRight(_ usersAreTexts: Bool, _ sortedCount: Int) throws {
    var random = SplitMix64(seed: 8)
    let fixture = try ImportFixture()
    var newest: [String: Float] = [:]
    var lines: [String] = []
    for number in 0..<600 {
      let text =
        ["a", "ab", "long text \(number % 7)", "é", "b"].randomElement(using: &random) ?? ""
      let integer = [-3, 0, 5, 1 << 40, number % 11].randomElement(using: &random) ?? 0
      let pair = usersAreTexts ? "\(text),\(integer)" : "\(integer),\(text)"
      newest[pair] = Float(number)
      lines.append("\(pair),\(number)\n")
    }
    let outcome = try fixture.run("user,item,rating\n" + lines.joined()) {
      ($0.sortedCount, $0.batchSize) = (sortedCount, 10)
    }
    #expect(outcome.userType == (usersAreTexts ? .text : .integer))
    #expect(outcome.itemType == (usersAreTexts ? .integer : .text))
    let read = try fixture.all().map { ("\($0.user),\($0.item)", $0.value) }
    #expect(Dictionary(uniqueKeysWithValues: read) == newest)
    #expect(outcome.mergedCount == 600 - newest.count)
  }
}
