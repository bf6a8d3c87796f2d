import Errors
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Folded-in users, compared to the minimum of their objective, written out plainly in double precision.
struct FoldInTests {
  private static func model(
    _ foldIn: FoldIn?, factors: Int = 7, ranking: Ranking = .score, range: OutputRange? = nil,
    seed: UInt64 = 1, _ change: (inout FactorTables) -> Void = { _ in }
  ) throws -> FactorModel {
    var contents = RandomModel(
      userCount: 40, itemCount: 60, factorCount: factors, ranking: ranking, outputRange: range,
      seed: seed
    ).contents()
    contents.tables.foldIn = foldIn
    contents.tables.globalMean = range == nil ? 3 : 0
    change(&contents.tables)
    return try contents.opened()
  }

  private static func ratings(_ count: Int, seed: UInt64) -> [ItemRating] {
    var random = SplitMix64(seed: seed)
    return (0..<60).shuffled(using: &random).prefix(count).map {
      ItemRating(item: ItemIndex($0), value: Float.random(in: 1...5, using: &random))
    }
  }

  /// Returns the factors of all items in double precision, and their biases including the mean.
  private static func items(of model: FactorModel) -> (factors: [[Double]], offsets: [Double]) {
    let length = model.factorCount
    let factors = model.withItemVectors { all in
      (0..<model.itemCount).map { row in (0..<length).map { Double(all[row * length + $0]) } }
    }
    let nobody = UserVector(elements: [Float](repeating: 0, count: length), bias: 0)
    return (factors, factors.indices.map { Double(model.score(for: nobody, item: ItemIndex($0))) })
  }

  /// Returns the largest absolute partial derivative of an objective at `x`, by central differences.
  private static func slope(_ x: [Double], _ objective: ([Double]) -> Double) -> Double {
    x.indices.reduce(0.0) { steepest, place in
      var (above, below) = (x, x)
      above[place] += 1e-4
      below[place] -= 1e-4
      return max(steepest, abs(objective(above) - objective(below)) / 2e-4)
    }
  }

  @Test(arguments: [0, 1, 3, 30], Confidence.allCases)
  func aUserWhoIsRankedForMinimisesTheErrorOverAllItems(
    _ count: Int, _ confidence: Confidence
  ) throws {
    let (alpha, lambda) = (4.0, 0.05)
    let model = try Self.model(
      .implicit(alpha: alpha, regularization: lambda, confidence: confidence),
      ranking: .preference
    ) { tables in
      tables.itemBiases = tables.itemBiases.map { _ in 0 }
      tables.globalMean = 0
    }
    let ratings = Self.ratings(count, seed: UInt64(count))
    let user = try model.user(of: ratings)
    let values = Dictionary(uniqueKeysWithValues: ratings.map { ($0.item.position, $0.value) })
    let items = Self.items(of: model).factors
    func objective(_ x: [Double]) -> Double {
      var (sum, confidences) = (0.0, 0.0)
      for (item, factors) in items.enumerated() {
        let score = zip(x, factors).reduce(0) { $0 + $1.0 * $1.1 }
        let weight = values[item].map { alpha * Double(confidence.weight($0)) } ?? 0
        let miss = (values[item] == nil ? 0 : 1) - score
        sum += (1 + weight) * miss * miss
        confidences += 1 + weight
      }
      return sum + lambda * confidences * x.reduce(0) { $0 + $1 * $1 }
    }
    #expect(Self.slope(user.elements.map { Double($0) }, objective) < 1e-3)
    #expect(user.ratedItems == ratings.map(\.item.rawValue).sorted())
  }

  @Test(arguments: [0, 1, 5, 40], [false, true])
  func aUserOfRatingsMinimisesTheRidgeRegression(_ count: Int, _ hasSpread: Bool) throws {
    let slope = (0..<8).map { Float($0) / 10 - 0.3 }
    let noise = (0..<60).map { Float(1 + $0 % 3) }
    let model = try Self.model(.ridge(fixed: 2, perRating: 0.3, factorScale: 1.5)) { tables in
      tables.userSlope = slope
      guard hasSpread else { return }
      tables.spread = RatingSpread(
        users: [Float](repeating: 1, count: 80), items: noise.flatMap { [1, $0] },
        bounds: 0.5...5)
    }
    let ratings = Self.ratings(count, seed: UInt64(count))
    let user = try model.user(of: ratings)
    let (items, offsets) = Self.items(of: model)
    func objective(_ x: [Double]) -> Double {
      var sum = 0.0
      for rating in ratings {
        let item = rating.item.position
        let score = x[0] + zip(x.dropFirst(), items[item]).reduce(0) { $0 + $1.0 * $1.1 }
        let miss = Double(rating.value) - offsets[item] - score
        sum += miss * miss / (hasSpread ? Double(noise[item]) : 1)
      }
      let weight = 2 + 0.3 * Double(count)
      for place in x.indices {
        let away = x[place] - log(1 + Double(count)) * Double(slope[place])
        sum += weight * (place == 0 ? 1 : 1.5) * away * away
      }
      return sum
    }
    let x = [Double(try #require(user.bias))] + user.elements.map { Double($0) }
    #expect(Self.slope(x, objective) < 1e-3)
  }

  /// The model's users are normally distributed, with the mean and covariance of their rows.
  @Test func aUserWithoutRatingsIsTheAverageOneAndOneWithManyIsTheirRatings() throws {
    let model = try Self.model(.population(noise: 0.01), factors: 3)
    let nobody = try model.user(of: [])
    let average = model.averageUser
    #expect(agree(nobody.elements, average.elements, within: 1e-4))
    #expect(abs((nobody.bias ?? 9) - (average.bias ?? 0)) < 1e-4)
    let users = (0..<40).map { model.user(at: UserIndex($0)) }
    #expect(abs((average.bias ?? 9) - users.reduce(0) { $0 + ($1.bias ?? 0) } / 40) < 1e-5)
    for user in users.prefix(5) {
      let own = (0..<60).map {
        ItemRating(item: ItemIndex($0), value: model.score(for: user, item: ItemIndex($0)))
      }
      let made = try model.user(of: own)
      #expect(agree(made.elements, user.elements, within: 0.02))
    }
  }

  @Test(arguments: [(1, 0.7), (8, 0.7), (50, 0.95)])
  func aSigmoidIsFollowed(_ count: Int, _ share: Float) throws {
    let range = try #require(OutputRange(lower: 0, upper: 5.5))
    let model = try Self.model(.population(noise: 0.4), range: range)
    let ratings = Self.ratings(count, seed: UInt64(count))
    func squares(_ user: UserVector) -> Float {
      ratings.reduce(0) {
        let miss = model.predict(for: user, item: $1.item) - $1.value
        return $0 + miss * miss
      }
    }
    let made = try model.user(of: ratings)
    let (own, other) = (squares(made), squares(model.averageUser))
    #expect(own < share * other)
    #expect(made.elements.allSatisfy { $0.isFinite })
  }

  @Test func whatTheFileSaysOfItIsReadAgain() throws {
    let all: [FoldIn] = [
      .none, .implicit(alpha: 12.5, regularization: 0.001, confidence: .log),
      .ridge(fixed: 3, perRating: 0.1, factorScale: 1.04), .population(noise: nil),
      .population(noise: 0.7),
    ]
    for foldIn in all { #expect(try Self.model(foldIn).foldIn == foldIn) }
  }

  @Test func filesThatSayNothingGetWhatIsUsualForTheirRanking() throws {
    #expect(try Self.model(nil, ranking: .score).foldIn == .population(noise: nil))
    #expect(try Self.model(nil, ranking: .popularity).foldIn == .none)
    guard case .implicit = try Self.model(nil, ranking: .preference).foldIn else {
      Issue.record("factors that rank are made as implicit-als makes them")
      return
    }
    #expect(try Self.model(nil, factors: 0, ranking: .preference).foldIn == .none)
    // Whatever the assumed noise, a rating moves a user's prediction towards it.
    for range in [nil, OutputRange(lower: 0, upper: 5.5)] {
      let model = try Self.model(nil, range: range)
      let (item, value) = (ItemIndex(3), Float(4.5))
      let user = try model.user(of: [ItemRating(item: item, value: value)])
      let (before, after) = (
        model.predict(for: model.averageUser, item: item), model.predict(for: user, item: item)
      )
      #expect(abs(after - value) < abs(before - value))
    }
  }

  @Test func aModelThatLearnsNothingOfUsersListsTheSameForAll() throws {
    let model = try Self.model(FoldIn.none, ranking: .popularity)
    let user = try model.user(of: Self.ratings(3, seed: 1))
    #expect(user.elements == model.user(at: nil).elements && user.bias == 0)
    #expect(user.ratedItems.count == 3)
  }

  @Test func numbersThatAreNotFiniteComeOutAsSuch() throws {
    let model = try Self.model(.population(noise: 1)) { $0.userBiases[3] = .nan }
    let user = try model.user(of: Self.ratings(3, seed: 1))
    #expect(!model.score(for: user, item: ItemIndex(0)).isFinite)
  }

  @Test func aFormOfEmbeddingsRefuses() throws {
    let model = try RandomMLP().make().opened()
    let error = #expect(throws: RecommendingError.self) { try model.user(of: []) }
    #expect(error?.code == .modelWithoutFoldIn)
  }

  @Test func moreFactorsThanAreSolvedInTimeAreRefused() throws {
    let model = try Self.model(.population(noise: 1), factors: 1025)
    let error = #expect(throws: RecommendingError.self) { try model.user(of: []) }
    #expect(error?.code == .modelWithoutFoldIn)
  }
}

/// Returns whether two lists agree elementwise within `tolerance`.
private func agree(_ found: [Float], _ expected: [Float], within tolerance: Float) -> Bool {
  found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
}
