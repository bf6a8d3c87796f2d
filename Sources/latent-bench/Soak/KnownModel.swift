import Recommenders

/// The expected answers of a synthetic model, computed in double precision and independently of the serving code.
struct KnownModel: Sendable {
  /// The number of users whose recommendations are known, and of items whose similar items are known; both are numbered
  /// from 0.
  static let listedCount = 50
  /// The length of those lists.
  static let listLength = 10
  /// The tolerance of scores, which are served in single precision.
  private static let tolerance = 1e-4

  private let tables: FactorTables
  private let ratedOffsets: [UInt64]
  private let ratedItems: [UInt32]
  private let bestScores: [[Double]]
  /// For each of the first items, its similarity to others that the same users have rated.
  private let similarities: [[Int: Double]]
  /// Folds in users, if the model's tables specify how.
  private let users: FoldedInUsers?

  init(_ contents: FactorModelContents) {
    tables = contents.tables
    ratedOffsets = contents.catalogue.ratedOffsets
    ratedItems = contents.catalogue.ratedItems
    users = FoldedInUsers(tables)
    let (users, items) = (tables.userBiases.count, tables.itemBiases.count)
    let known = tables
    let (offsets, rated) = (ratedOffsets, ratedItems)
    bestScores = (0..<min(users, Self.listedCount)).map { user in
      let rated = Set(rated[Int(offsets[user])..<Int(offsets[user + 1])])
      return Self.best((0..<items).lazy.filter { !rated.contains(UInt32($0)) }) {
        known.score(user: user, item: $0)
      }
    }
    similarities = Self.similarities(of: min(items, Self.listedCount), offsets, rated)
  }

  /// Returns what is wrong with a prediction; nil if nothing is.
  func problem(ofPrediction value: Double, user: Int, item: Int) -> String? {
    let expected = tables.score(user: user, item: item)
    return abs(value - expected) <= Self.tolerance
      ? nil : "PREDICT \(user) \(item) answered \(value), expected \(expected)"
  }

  /// Returns what is wrong with the recommendations for a user; nil if nothing is.
  func problem(ofRecommended items: [(item: Int, score: Double)], for user: Int) -> String? {
    let rated = Set(ratedItems[Int(ratedOffsets[user])..<Int(ratedOffsets[user + 1])])
    if let item = items.first(where: { rated.contains(UInt32($0.item)) }) {
      return "RECOMMEND \(user) has item \(item.item), which the user has rated"
    }
    return problem(of: items, best: bestScores[user], "RECOMMEND \(user)") {
      tables.score(user: user, item: $0)
    }
  }

  /// Returns what is wrong with the recommendations for a user unknown to the model who has since rated `rated`; nil if
  /// nothing is.
  func problem(ofRecommended items: [(item: Int, score: Double)], by rated: [Int]) -> String? {
    guard let factors = users?.factors(of: rated) else {
      return "the model can't fold in users"
    }
    let (request, seen) = ("RECOMMEND for a user who has rated \(rated)", Set(rated))
    if let item = items.first(where: { seen.contains($0.item) }) {
      return "\(request) has item \(item.item), which the user has rated"
    }
    let best = Self.best((0..<tables.itemBiases.count).lazy.filter { !seen.contains($0) }) {
      tables.score(of: factors, item: $0)
    }
    return problem(of: items, best: best, request) { tables.score(of: factors, item: $0) }
  }

  /// Returns what is wrong with the items similar to one; nil if nothing is.
  func problem(ofSimilar items: [(item: Int, score: Double)], to item: Int) -> String? {
    let alike = similarities[item]
    return problem(
      of: items, best: Self.best(alike.keys) { alike[$0] ?? 0 }, "SIMILAR \(item)"
    ) {
      alike[$0] ?? 0
    }
  }

  private func problem(
    of items: [(item: Int, score: Double)], best: [Double], _ request: String,
    score: (Int) -> Double
  ) -> String? {
    guard items.count == best.count, Set(items.map(\.item)).count == items.count else {
      return "\(request) has \(items.count) items (\(Set(items.map(\.item)).count) distinct), "
        + "expected \(best.count)"
    }
    for (place, item) in items.enumerated() {
      guard (0..<tables.itemBiases.count).contains(item.item) else {
        return "\(request) has item \(item.item), which does not exist"
      }
      guard abs(item.score - score(item.item)) <= Self.tolerance,
        abs(item.score - best[place]) <= Self.tolerance
      else {
        return "\(request), place \(place): item \(item.item) with score \(item.score), expected "
          + "\(score(item.item)), and \(best[place]) at this place"
      }
    }
    return nil
  }

  /// Returns the similarities of the first `count` items to others by co-rating: the phi coefficient times c / (c +
  /// 50), where c users have rated both. Only those above 0 are included.
  private static func similarities(
    of count: Int, _ offsets: [UInt64], _ rated: [UInt32]
  ) -> [[Int: Double]] {
    let users = Double(offsets.count - 1)
    var counts: [Int: Double] = [:]
    var together = [[Int: Double]](repeating: [:], count: count)
    for user in 0..<offsets.count - 1 {
      let own = rated[Int(offsets[user])..<Int(offsets[user + 1])].map { Int($0) }
      for item in own {
        counts[item, default: 0] += 1
        for other in own where item < count && other != item {
          together[item][other, default: 0] += 1
        }
      }
    }
    return together.enumerated().map { item, others in
      var similarities: [Int: Double] = [:]
      for (other, both) in others {
        let (one, two) = ((counts[item] ?? 0) / users, (counts[other] ?? 0) / users)
        let phi = (both / users - one * two) / (one * (1 - one) * two * (1 - two)).squareRoot()
        if phi > 0 { similarities[other] = phi * both / (both + 50) }
      }
      return similarities
    }
  }

  /// Returns the highest scores, in descending order.
  private static func best(_ items: some Sequence<Int>, by score: (Int) -> Double) -> [Double] {
    var best: [Double] = []
    for item in items {
      let score = score(item)
      guard best.count < listLength || score > best[listLength - 1] else { continue }
      let place = best.firstIndex { $0 < score } ?? best.count
      best.insert(score, at: place)
      if best.count > listLength { best.removeLast() }
    }
    return best
  }
}

extension FactorTables {
  /// Returns the score of an item for a user with these factors and no bias.
  fileprivate func score(of factors: [Double], item: Int) -> Double {
    var sum = Double(globalMean) + Double(itemBiases[item])
    for factor in 0..<factorCount {
      sum += factors[factor] * Double(itemFactors[item * factorCount + factor])
    }
    return sum
  }

  fileprivate func score(user: Int, item: Int) -> Double {
    Double(globalMean) + Double(userBiases[user]) + Double(itemBiases[item])
      + product(userFactors, user, itemFactors, item)
  }

  private func product(
    _ left: [Float], _ leftRow: Int, _ right: [Float], _ rightRow: Int
  ) -> Double {
    left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        var sum = 0.0
        for factor in 0..<factorCount {
          sum +=
            Double(left[leftRow * factorCount + factor])
            * Double(right[rightRow * factorCount + factor])
        }
        return sum
      }
    }
  }
}
