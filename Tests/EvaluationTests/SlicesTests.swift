import Evaluation
import Interactions
import Ratings
import TestEnvironment
import Testing

/// Slices hold the held-out ratings that their names say, against counting by ids.
@Suite struct SlicesTests {
  private let ratings: SplitRatings

  init() throws { ratings = try JudgedModels(count: 700).ratings }

  private typealias Row = (user: UserID, item: ItemID, value: Double)

  /// A rating as a text, to be compared.
  private func key(_ row: Row) -> String { "\(row.user) \(row.item) \(row.value)" }

  @Test func quartersOfUsersHaveAllRatingsOfKnownUsersOnce() throws {
    let counts = Dictionary(grouping: ratings.training.rows, by: \.user).mapValues(\.count)
    let quarters = ratings.slices().filter { $0.name.hasSuffix("ratings") }
    #expect((2...4).contains(quarters.count))
    var all: [String] = []
    for slice in quarters {
      let bounds = slice.name.split(separator: " ").compactMap { Int($0) }
      let (least, most) = (try #require(bounds.first), try #require(bounds.last))
      #expect(slice.ratings.training.count == ratings.training.count)
      for row in slice.ratings.heldOut.ratings.rows {
        #expect((least...most).contains(counts[row.user] ?? 0))
        all.append(key(row))
      }
      for position in 0..<slice.ratings.heldOut.count {
        let rows = slice.ratings.heldOut
        let row = rows.ratings.rows[position]
        #expect(rows.values[position] == Float(row.value))
        if rows.users[position] != HeldOutRatings.unknown {
          #expect(
            slice.ratings.training.identifier(of: UserIndex(rows.users[position])) == row.user)
        }
        if rows.items[position] != HeldOutRatings.unknown {
          #expect(
            slice.ratings.training.identifier(of: ItemIndex(rows.items[position])) == row.item)
        }
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
      some.slices().first { $0.name == "users without a rating to learn from" })
    #expect(slice.ratings.heldOut.ratings.rows.map(key) == unknown.map(key))
  }

  @Test func rareItemsHaveAFifthOfTheRatingsTogether() throws {
    let slice = try #require(ratings.slices().first { $0.name == "rare items" })
    let counts = Dictionary(grouping: ratings.training.rows, by: \.item).mapValues(\.count)
    let rare = Set(slice.ratings.heldOut.ratings.rows.map { counts[$0.item] ?? 0 })
    let others = Set(
      ratings.heldOut.ratings.rows.map { counts[$0.item] ?? 0 }
    ).subtracting(rare)
    #expect(try #require(rare.max()) <= #require(others.min()))
    let sum = counts.values.filter { $0 < rare.max() ?? 0 }.reduce(0, +)
    #expect(sum <= ratings.training.count / 5 && sum > 0)
  }

  @Test func theNewestUsersAreThoseWhoCameLast() throws {
    let slice = try #require(ratings.slices().first { $0.name == "the newest tenth of users" })
    // Times rise by row: a user's first rating is their lowest.
    let times = try #require(ratings.training.times) + #require(ratings.heldOut.ratings.times)
    let rows = ratings.training.rows + ratings.heldOut.ratings.rows
    var firsts: [UserID: Int64] = [:]
    for (row, time) in zip(rows, times) { firsts[row.user] = min(firsts[row.user] ?? .max, time) }
    let held = Set(ratings.heldOut.ratings.rows.map(\.user))
    let newest = Set(slice.ratings.heldOut.ratings.rows.map(\.user))
    let bound = try #require(newest.compactMap { firsts[$0] }.min())
    #expect(newest == held.filter { firsts[$0] ?? 0 >= bound })
    #expect(newest.count == held.count - held.count * 9 / 10)
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
      #expect(slice.ratings.heldOut.ratings.rows.map(key) == expected.map(key))
    }
    #expect(ratings.slices(by: "none") { _ in [] }.isEmpty)
  }
}
