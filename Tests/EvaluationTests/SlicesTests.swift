import Evaluation
import Interactions
import Ratings
import TestEnvironment
import Testing

/// Compares the held-out ratings in each slice with a count by ids.
@Suite struct SlicesTests {
  private let ratings: SplitRatings

  init() throws { ratings = try JudgedModels(count: 700).ratings }

  private typealias Row = (user: UserID, item: ItemID, value: Double)

  /// A text that identifies a rating.
  private func key(_ row: Row) -> String { "\(row.user) \(row.item) \(row.value)" }

  @Test func quartersOfUsersHaveAllRatingsOfKnownUsersOnce() throws {
    let counts = Dictionary(grouping: ratings.training.rows, by: \.user).mapValues(\.count)
    let quarters = ratings.slices().filter { $0.name.hasSuffix("ratings") }
    #expect((2...4).contains(quarters.count))
    var all: [String] = []
    for slice in quarters {
      let bounds = slice.name.split(separator: " ").compactMap { Int($0) }
      let (least, most) = (try #require(bounds.first), try #require(bounds.last))
      for row in ratings.rows(of: slice) {
        #expect((least...most).contains(counts[row.user] ?? 0))
        all.append(key(row))
      }
    }
    let known = ratings.heldOut.ratings.rows.filter { counts[$0.user] != nil }
    #expect(all.sorted() == known.map(key).sorted())
  }

  @Test func whoHasNoRatingToLearnFromStandsApart() throws {
    let some = try JudgedModels(split: .random(share: 0.93, seed: 1)).ratings
    let known = Set(some.training.rows.map(\.user))
    let unknown = some.heldOut.ratings.rows.filter { !known.contains($0.user) }
    #expect(!unknown.isEmpty)
    let slice = try #require(
      some.slices().first { $0.name == "users without training ratings" })
    #expect(some.rows(of: slice).map(key) == unknown.map(key))
  }

  @Test func rareItemsHaveAFifthOfTheRatingsTogether() throws {
    let slice = try #require(ratings.slices().first { $0.name == "rare items" })
    let counts = Dictionary(grouping: ratings.training.rows, by: \.item).mapValues(\.count)
    let rare = Set(ratings.rows(of: slice).map { counts[$0.item] ?? 0 })
    let others = Set(
      ratings.heldOut.ratings.rows.map { counts[$0.item] ?? 0 }
    ).subtracting(rare)
    #expect(try #require(rare.max()) <= #require(others.min()))
    let sum = counts.values.filter { $0 < rare.max() ?? 0 }.reduce(0, +)
    #expect(sum <= ratings.training.count / 5 && sum > 0)
  }

  @Test func theNewestUsersAreThoseWhoCameLast() throws {
    let slice = try #require(ratings.slices().first { $0.name == "the newest tenth of users" })
    // Times ascend by row, so a user's first rating is the lowest row.
    let times = try #require(ratings.training.times) + #require(ratings.heldOut.ratings.times)
    let rows = ratings.training.rows + ratings.heldOut.ratings.rows
    var firsts: [UserID: Int64] = [:]
    for (row, time) in zip(rows, times) { firsts[row.user] = min(firsts[row.user] ?? .max, time) }
    let held = Set(ratings.heldOut.ratings.rows.map(\.user))
    let newest = Set(ratings.rows(of: slice).map(\.user))
    let bound = try #require(newest.compactMap { firsts[$0] }.min())
    #expect(newest == held.filter { firsts[$0] ?? 0 >= bound })
    #expect(newest.count == held.count - held.count * 9 / 10)
  }

  @Test func ofUsersWhoCameAtOnceNoneIsNewest() throws {
    var builder = InteractionTableBuilder(keepingTimes: true)
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for user in Int64(0)..<20 {
      for item in Int64(0)..<10 {
        batch.append(
          Rating(
            user: UserID(user), item: ItemID(item), value: 1, time: Timestamp(microseconds: 1)))
      }
    }
    try builder.append(batch)
    let slices = try builder.finish().split(by: .random(share: 0.3, seed: 1)).slices()
    #expect(!slices.isEmpty && !slices.contains { $0.name.contains("newest") })
  }

  @Test func itemsAreToldApartByTheirAttributes() {
    let slices = ratings.slices(by: "kind") { item in
      let number = Int(item.description) ?? 0
      let kinds = (number % 2 == 0 ? ["even"] : []) + (number % 3 == 0 ? ["third"] : [])
      return kinds.map { ItemAttribute(name: "kind", value: $0) }
        + [ItemAttribute(name: "other", value: "x")]
    }
    #expect(slices.map(\.name) == ["kind=even", "kind=third"])
    for (slice, divisor) in zip(slices, [2, 3]) {
      let expected = ratings.heldOut.ratings.rows.filter {
        (Int($0.item.description) ?? 1) % divisor == 0
      }
      #expect(ratings.rows(of: slice).map(key) == expected.map(key))
    }
    #expect(ratings.slices(by: "none") { _ in [] }.isEmpty)
  }

  /// With more values than the limit, the rarest form one slice that contains each rating once.
  @Test func rareValuesAreOneSlice() throws {
    func values(_ item: ItemID) -> [ItemAttribute] {
      let number = Int(item.description) ?? 0
      // Ten tags shared by many items, and two tags unique to each item.
      return ["tag \(number % 10)", "own \(number)", "alias \(number)"].map {
        ItemAttribute(name: "tag", value: $0)
      }
    }
    let slices = ratings.slices(by: "tag", limit: 12, values)
    #expect(slices.count == 13)
    #expect(slices.dropLast().map(\.name) == slices.dropLast().map(\.name).sorted())
    let counts = Dictionary(grouping: ratings.heldOut.ratings.rows, by: \.item).mapValues(\.count)
    let frequent = counts.values.max() ?? 0
    let shown = slices.filter { $0.name.hasPrefix("tag=tag") }
    #expect(shown.count == 10 && slices.contains { $0.positions.count == frequent })
    let rest = try #require(slices.last)
    #expect(rest.name == "tag: \(2 * counts.count - 2) other values")
    // Every item is in the last slice, except one whose own two tags are both shown.
    #expect(rest.positions == Array(Set(rest.positions)).sorted())
    #expect(
      Set(ratings.rows(of: rest).map(\.item)).count >= counts.count - 1
        && rest.positions.count >= ratings.heldOut.count - frequent)
    #expect(ratings.slices(by: "tag", limit: 500, values).count == 2 * counts.count + 10)
  }

  /// The metrics of a slice, taken from the answers to all ratings, equal those of an evaluation of the slice alone.
  @Test func aSliceIsJudgedAsIfThereWereNothingElse() throws {
    let judged = try JudgedModels(count: 700)
    for model in [try judged.ownModel(), try judged.foreignModel()] {
      let answers = ModelAnswers(
        name: "x", model: model, ratings: ratings, metrics: Metric.detailed, threadCount: 2)
      for slice in ratings.slices() {
        let positions = Set(slice.positions)
        let alone = ModelReport(
          name: "x", model: model, ratings: ratings.holdingOut { positions.contains($0) },
          metrics: Metric.detailed, threadCount: 1)
        #expect(answers.report(on: slice) == alone, "\(slice.name)")
        let few = answers.report(on: slice) { $0 == .mae }
        #expect(few[.mae] == alone[.mae] && few[.rmse] == nil && few[.ndcgAt10] == nil)
      }
    }
  }
}

extension SplitRatings {
  fileprivate func rows(of slice: Slice) -> [(user: UserID, item: ItemID, value: Double)] {
    let rows = heldOut.ratings.rows
    return slice.positions.map { rows[$0] }
  }
}
