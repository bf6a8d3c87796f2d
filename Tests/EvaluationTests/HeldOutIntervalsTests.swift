import Evaluation
import Interactions
import Ratings
import Recommenders
import Testing

/// Compares the share of held-out ratings within a model's intervals with a rating-by-rating count.
@Suite struct HeldOutIntervalsTests {
  private let judged: JudgedModels

  init() throws { judged = try JudgedModels() }

  /// The user row, the value and the predicted interval of each held-out rating that has an interval.
  private func told(
    by model: FactorModel, at positions: [Int]
  ) -> [(user: UInt32, value: Float, interval: ClosedRange<Float>)] {
    let ratings = judged.ratings.heldOut.ratings
    return positions.compactMap { position in
      guard
        let user = model.users.index(
          of: ratings.identifier(of: UserIndex(ratings.users[position]))),
        let item = model.items.index(
          of: ratings.identifier(of: ItemIndex(ratings.items[position]))),
        let interval = model.interval(for: user, item: item)
      else { return nil }
      return (ratings.users[position], ratings.values[position], interval)
    }
  }

  @Test(arguments: [1, 3]) func coverageIsThatOfTheRatingsWithAnInterval(_ threads: Int) throws {
    for model in [try judged.ownModel(spread: true), try judged.foreignModel(spread: true)] {
      let intervals = try #require(
        HeldOutIntervals(by: model, of: judged.ratings.heldOut, threadCount: threads))
      let count = judged.ratings.heldOut.count
      let slices =
        [(Array(0..<count), intervals.coverage(threadCount: threads))]
        + judged.ratings.slices().map {
          ($0.positions, intervals.coverage(on: $0, threadCount: threads))
        }
      for (positions, coverage) in slices {
        let told = told(by: model, at: positions)
        guard let coverage else {
          #expect(told.isEmpty)
          continue
        }
        let share = Double(told.count { $0.interval.contains($0.value) }) / Double(told.count)
        let width =
          told.reduce(0) {
            $0 + Double($1.interval.upperBound - $1.interval.lowerBound)
          } / Double(told.count)
        #expect(coverage.count == told.count)
        #expect(abs(coverage.share - share) < 1e-12 && abs(coverage.width - width) < 1e-6)
        guard Set(told.map(\.user)).count > 1 else { continue }
        #expect(try #require(coverage.shareInterval).contains(share))
        #expect(try #require(coverage.widthInterval).contains(coverage.width))
      }
      let whole = try #require(slices[0].1)
      #expect(whole.share > 0.05 && whole.share < 0.95, "\(whole.share) tells nothing")
      let range = try #require(whole.shareInterval)
      #expect(range.lowerBound < range.upperBound)
    }
  }

  /// A foreign model has no intervals for users and items unknown to it.
  @Test func whoIsUnknownDoesNotCount() throws {
    let model = try judged.foreignModel(spread: true)
    let intervals = HeldOutIntervals(by: model, of: judged.ratings.heldOut, threadCount: 1)
    let coverage = try #require(intervals?.coverage(threadCount: 1))
    #expect(coverage.count < judged.ratings.heldOut.count)
  }

  @Test func whatTellsNoneHasNone() throws {
    let model = try judged.ownModel()
    #expect(HeldOutIntervals(by: model, of: judged.ratings.heldOut, threadCount: 1) == nil)
  }
}
