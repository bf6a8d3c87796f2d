import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Components of items that are spread along known directions.
@Suite struct ItemComponentsTests {
  /// Returns 200 items with 6 factors: widely spread along one direction, less along a second, slightly along all.
  private func spread() throws -> (model: FactorModel, first: [Double], second: [Double]) {
    var random = SplitMix64(seed: 4)
    func number() -> Double { Double.random(in: -1...1, using: &random) }
    let (along, across) = ([0.6, 0.8, 0, 0, 0, 0], [0, 0, 0.8, 0, -0.6, 0])
    let (first, second) = (
      (0..<200).map { _ in 10 * number() }, (0..<200).map { _ in 4 * number() }
    )
    var factors: [Float] = []
    for item in 0..<200 {
      for factor in 0..<6 {
        let place: Double = first[item] * along[factor] + second[item] * across[factor]
        factors.append(Float(7 + place + 0.1 * number()))
      }
    }
    return (try model(factors, count: 6), first, second)
  }

  /// Returns a model of items with these factors; the first has the most ratings.
  private func model(
    _ factors: [Float], count: Int, rated: [[UInt32]] = [[], []]
  ) throws -> FactorModel {
    let itemCount = factors.count / count
    return try FactorModelContents(
      kind: "known", users: .integers(rated.indices.map { Int64($0) }),
      items: .integers((0..<itemCount).map { Int64($0) }),
      tables: FactorTables(
        factorCount: count, userFactors: Array(repeating: 0, count: rated.count * count),
        itemFactors: factors, userBiases: Array(repeating: 0, count: rated.count),
        itemBiases: (0..<itemCount).map { Float($0) }, globalMean: 3),
      itemRatingCounts: (0..<itemCount).map { UInt32(itemCount - $0) },
      ratedOffsets: rated.reduce(into: [0]) { $0.append($0[$0.count - 1] + UInt64($1.count)) },
      ratedItems: rated.flatMap(\.self), titles: Array(repeating: nil, count: itemCount)
    ).opened()
  }

  @Test func directionsOfVectorsAreFound() throws {
    let (model, first, second) = try spread()
    let found = try #require(ItemComponents(of: model, count: 3))
    #expect(found.basis == .vectors && found.items.map(\.position) == Array(0..<200))
    for (component, known) in [first, second].enumerated() {
      let mean = known.reduce(0, +) / 200
      #expect(found.place(of: 0, along: component) >= 0)
      let sign: Double = known[0] < mean ? -1 : 1
      for item in 0..<200 {
        let place = Double(found.place(of: item, along: component))
        #expect(abs(sign * place - (known[item] - mean)) < 0.6)
      }
      let ends = found.ends(of: component, count: 5)
      let order = (0..<200).sorted { sign * known[$0] > sign * known[$1] }
      #expect(ends.high.count == 5 && ends.low.count == 5)
      #expect(abs(known[ends.high[0].item.position] - known[order[0]]) < 0.6)
      #expect(abs(known[ends.low[0].item.position] - known[order[199]]) < 0.6)
    }
    #expect(found.shares[0] > found.shares[1] && found.shares[1] > 100 * found.shares[2])
    #expect(found.shares.reduce(0, +) <= 1)
  }

  @Test(arguments: [1e-18, 1e18]) func numbersOfAnySizeHaveTheSameShares(_ scale: Double) throws {
    let (usual, _, _) = try spread()
    let factors = usual.withItemVectors { $0.map { Float(Double($0) * scale) } }
    let scaled = try #require(ItemComponents(of: try model(factors, count: 6), count: 2))
    let expected = try #require(ItemComponents(of: usual, count: 2))
    for (share, known) in zip(scaled.shares, expected.shares) { #expect(abs(share - known) < 1e-3) }
  }

  @Test func itemsWithFewRatingsAndThoseBeyondTheMostAreLeftOut() throws {
    let (model, _, _) = try spread()
    #expect(ItemComponents(of: model, count: 1, minimumRatings: 101)?.items.count == 100)
    #expect(ItemComponents(of: model, count: 1, minimumRatings: 101, most: 7)?.items.count == 7)
    #expect(ItemComponents(of: model, count: 1, minimumRatings: 199) == nil)
    let few = try #require(ItemComponents(of: model, count: 1, minimumRatings: 198))
    #expect(few.ends(of: 0, count: 5).high.count == 1, "no item is at both ends")
  }

  @Test func whatDoesNotDifferHasNone() throws {
    #expect(ItemComponents(of: try model([1, 2, 1, 2, 1, 2], count: 2), count: 2) == nil)
    let line = try model([1, 1, 2, 2, 3, 3], count: 2)
    #expect(ItemComponents(of: line, count: 2)?.shares.count == 1)
    #expect(ItemComponents(of: try model([1, .nan, 2, 2, 3, 3], count: 2), count: 2) == nil)
    #expect(ItemComponents(of: try model([1, 2, 3, 4], count: 1), count: 2) == nil)
  }

  /// Two groups of users, each of which mostly rates items of its own kind.
  @Test func itemsWithoutVectorsAreSetApartByWhoRatedThem() throws {
    var random = SplitMix64(seed: 9)
    let rated = (0..<60).map { user in
      (0..<UInt32(20)).filter {
        Double.random(in: 0..<1, using: &random) < (Int($0) % 2 == user % 2 ? 0.8 : 0.1)
      }
    }
    let model = try model(Array(repeating: 1, count: 20), count: 1, rated: rated)
    let found = try #require(ItemComponents(of: model, count: 2))
    #expect(found.basis == .coRatings)
    for position in found.items.indices {
      let isEven = found.items[position].position.isMultiple(of: 2)
      #expect((found.place(of: position, along: 0) > 0) == isEven)
    }
    #expect(found.shares[0] > 2 * found.shares[1])
  }
}
