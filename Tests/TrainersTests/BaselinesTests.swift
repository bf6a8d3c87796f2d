import Errors
import Foundation
import Interactions
import Learning
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

@Suite struct BaselinesTests {
  static func table(_ count: Int = 2000, seed: UInt64 = 1) throws -> InteractionTable {
    var random = SplitMix64(seed: seed)
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for _ in 0..<count {
      let user = Int64.random(in: 0..<60, using: &random)
      let item = Int64.random(in: 0..<90, using: &random)
      batch.append(
        Rating(
          user: UserID(user), item: ItemID(item),
          value: Float(user % 3) + Float(item % 5) * 0.5 + Float.random(in: 0...1, using: &random)))
    }
    var builder = InteractionTableBuilder()
    try builder.append(batch)
    return builder.finish()
  }

  private func popularity(damping: Double) -> Popularity {
    var trainer = Popularity()
    trainer.options.damping = damping
    return trainer
  }

  private func biasOnly(userDamping: Double, itemDamping: Double, sweeps: Int) -> BiasOnly {
    var trainer = BiasOnly()
    trainer.options.userDamping = userDamping
    trainer.options.itemDamping = itemDamping
    trainer.options.sweeps = sweeps
    return trainer
  }

  @Test func popularityPredictsDampedItemMeans() throws {
    let table = try Self.table()
    let tables = try popularity(damping: 7).fit(table)
    #expect(tables.factorCount == 0 && tables.ranking == .popularity && tables.outputRange == nil)
    #expect(tables.userBiases.allSatisfy { $0 == 0 })
    let mean = table.values.reduce(0.0) { $0 + Double($1) } / Double(table.count)
    #expect(abs(Double(tables.globalMean) - mean) < 1e-5)
    for item in 0..<table.itemCount {
      let own = (0..<table.count).filter { Int(table.items[$0]) == item }
      let sum = own.reduce(0.0) { $0 + Double(table.values[$1]) - mean }
      #expect(abs(Double(tables.itemBiases[item]) - sum / (Double(own.count) + 7)) < 1e-5)
    }
  }

  private func timedTable(missing: Bool = false) throws -> InteractionTable {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for user in 0..<20 {
      for item in 0..<6 where (user + item) % 3 > 0 {
        // Item 0 was only popular earlier, item 5 only recently.
        let day = item == 0 ? user % 4 : item == 5 ? 100 - user % 4 : 5 * user
        batch.append(
          Rating(
            user: UserID(Int64(user)), item: ItemID(Int64(item)), value: Float(item),
            time: missing && user == 3 ? nil : Timestamp(microseconds: Int64(day) * 86_400_000_000)
          ))
      }
    }
    var builder = InteractionTableBuilder(keepingTimes: true)
    try builder.append(batch)
    return builder.finish()
  }

  @Test(arguments: ["1d", "24h", "7d", "36500d"])
  func withAHalfLifeItemsRankByWhatIsPopularNow(_ halfLife: String) throws {
    let trainer = try Popularity(reading: ["half-life": halfLife])
    #expect(trainer.needsTimes && !Popularity().needsTimes)
    #expect(trainer.record == ["half-life": halfLife])
    let table = try timedTable()
    let tables = try trainer.fit(table)
    #expect(tables.ranking == .preference && tables.globalMean == 0)
    let days = ["1d": 1.0, "24h": 1, "7d": 7, "36500d": 36_500][halfLife] ?? .nan
    for item in 0..<table.itemCount {
      let expected = (0..<table.count).filter { Int(table.items[$0]) == item }.reduce(0.0) {
        let age = 100 - Double(table.times?[$1] ?? 0) / 86_400e6
        return $0 + pow(0.5, age / days)
      }
      #expect(abs(Double(tables.itemBiases[item]) - expected) < 1e-5 * (1 + expected))
    }
    #expect(tables.itemBiases[5] > tables.itemBiases[0])
  }

  @Test func aHalfLifeNeedsTheTimesOfAllRatings() throws {
    let trainer = try Popularity(reading: ["half-life": "30d"])
    for table in [try timedTable(missing: true), try Self.table(50)] {
      let error = #expect(throws: TrainingError.self) { try trainer.fit(table) }
      #expect(error?.code == .badData && error?.place == "half-life")
    }
    for text in ["0d", "30", "-3d", "1.5h", "", "36600d"] {
      #expect(throws: TrainingError.self) { try Popularity(reading: ["half-life": text]) }
    }
  }

  /// At the minimum of the damped squared error, the gradient is zero.
  @Test func biasesMinimiseTheDampedError() throws {
    let table = try Self.table()
    let tables = biasOnly(userDamping: 3, itemDamping: 9, sweeps: 60).fit(table)
    #expect(tables.factorCount == 0 && tables.ranking == .score)
    var userGradients = tables.userBiases.map { -3 * Double($0) }
    var itemGradients = tables.itemBiases.map { -9 * Double($0) }
    for position in 0..<table.count {
      let (user, item) = (Int(table.users[position]), Int(table.items[position]))
      let residual =
        Double(table.values[position]) - Double(tables.globalMean)
        - Double(tables.userBiases[user]) - Double(tables.itemBiases[item])
      userGradients[user] += residual
      itemGradients[item] += residual
    }
    #expect(userGradients.allSatisfy { abs($0) < 1e-3 })
    #expect(itemGradients.allSatisfy { abs($0) < 1e-3 })
  }

  @Test func onePassWithKorensDampingIsKorensEstimate() throws {
    let table = try Self.table(300)
    let tables = biasOnly(userDamping: 10, itemDamping: 25, sweeps: 1).fit(table)
    let mean = table.meanValue()
    var itemSums = [Double](repeating: 0, count: table.itemCount)
    for position in 0..<table.count {
      itemSums[Int(table.items[position])] += Double(table.values[position]) - mean
    }
    let counts = table.itemRatingCounts()
    for item in 0..<table.itemCount {
      let expected = itemSums[item] / (25 + Double(counts[item]))
      #expect(abs(Double(tables.itemBiases[item]) - expected) < 1e-6)
    }
  }

  @Test func oneRatingIsEnough() throws {
    let table = try Self.table(1)
    for tables in [BiasOnly().fit(table), try Popularity().fit(table)] {
      #expect(abs(tables.globalMean - table.values[0]) < 1e-6)
      #expect(abs(tables.itemBiases[0]) < 1e-6 && abs(tables.userBiases[0]) < 1e-6)
    }
  }

  @Test(
    .enabled(
      if: Requirement.dataSet("ml-latest-small").isMet,
      Comment(rawValue: Requirement.dataSet("ml-latest-small").howToGet)))
  func onRealRatingsBiasesBeatItemMeansAndKorensEstimate() throws {
    let folder = try Requirement.dataSet("ml-latest-small").resolve()
    let parts = try InteractionTable.movieLens(folder).split(by: .random(share: 0.2, seed: 1))
    func rmse(_ tables: FactorTables) -> Double {
      var sum = 0.0
      for position in 0..<parts.heldOut.count {
        let (user, item) = (parts.heldOut.users[position], parts.heldOut.items[position])
        var score = Double(tables.globalMean)
        if user != HeldOutRatings.unknown { score += Double(tables.userBiases[Int(user)]) }
        if item != HeldOutRatings.unknown { score += Double(tables.itemBiases[Int(item)]) }
        sum += pow(Double(parts.heldOut.values[position]) - score, 2)
      }
      return (sum / Double(parts.heldOut.count)).squareRoot()
    }
    let biases = rmse(BiasOnly().fit(parts.training))
    let koren = rmse(biasOnly(userDamping: 10, itemDamping: 25, sweeps: 1).fit(parts.training))
    let popularity = rmse(try Popularity().fit(parts.training))
    #expect(biases < 0.875)
    #expect(biases < koren && koren < popularity)
  }
}
