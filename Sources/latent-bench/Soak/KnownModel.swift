import Recommenders

/// What a synthetic model must answer, computed from its numbers in double precision and by none of
/// the code that serves them.
struct KnownModel: Sendable {
  /// How many users have known lists of recommendations, and items of similar ones: those numbered
  /// from 0.
  static let listedCount = 50
  /// The length of those lists.
  static let listLength = 10
  /// How far a score may be off: its numbers are single precision.
  private static let tolerance = 1e-4

  private let tables: FactorTables
  private let ratedOffsets: [UInt64]
  private let ratedItems: [UInt32]
  private let bestScores: [[Double]]
  private let bestCosines: [[Double]]

  init(_ contents: FactorModelContents) {
    tables = contents.tables
    ratedOffsets = contents.catalogue.ratedOffsets
    ratedItems = contents.catalogue.ratedItems
    let (users, items) = (tables.userBiases.count, tables.itemBiases.count)
    let known = tables
    let (offsets, rated) = (ratedOffsets, ratedItems)
    bestScores = (0..<min(users, Self.listedCount)).map { user in
      let rated = Set(rated[Int(offsets[user])..<Int(offsets[user + 1])])
      return Self.best((0..<items).lazy.filter { !rated.contains(UInt32($0)) }) {
        known.score(user: user, item: $0)
      }
    }
    bestCosines = (0..<min(items, Self.listedCount)).map { item in
      Self.best((0..<items).lazy.filter { $0 != item }) { known.cosine(item, $0) }
    }
  }

  /// What is wrong with a prediction; nil when nothing is.
  func problem(ofPrediction value: Double, user: Int, item: Int) -> String? {
    let expected = tables.score(user: user, item: item)
    return abs(value - expected) <= Self.tolerance
      ? nil : "PREDICT \(user) \(item) is \(value) and should be \(expected)"
  }

  /// What is wrong with the recommendations for a user; nil when nothing is.
  func problem(ofRecommended items: [(item: Int, score: Double)], for user: Int) -> String? {
    let rated = Set(ratedItems[Int(ratedOffsets[user])..<Int(ratedOffsets[user + 1])])
    if let item = items.first(where: { rated.contains(UInt32($0.item)) }) {
      return "RECOMMEND \(user) has item \(item.item), which is rated"
    }
    return problem(of: items, best: bestScores[user], "RECOMMEND \(user)") {
      tables.score(user: user, item: $0)
    }
  }

  /// What is wrong with the items like one; nil when nothing is.
  func problem(ofSimilar items: [(item: Int, score: Double)], to item: Int) -> String? {
    problem(of: items, best: bestCosines[item], "SIMILAR \(item)") {
      tables.cosine(item, $0)
    }
  }

  private func problem(
    of items: [(item: Int, score: Double)], best: [Double], _ request: String,
    score: (Int) -> Double
  ) -> String? {
    guard items.count == best.count, Set(items.map(\.item)).count == items.count else {
      return "\(request) has \(items.count) items, \(Set(items.map(\.item)).count) of them "
        + "different, and should have \(best.count)"
    }
    for (place, item) in items.enumerated() {
      guard (0..<tables.itemBiases.count).contains(item.item) else {
        return "\(request) has item \(item.item), which there is not"
      }
      guard abs(item.score - score(item.item)) <= Self.tolerance,
        abs(item.score - best[place]) <= Self.tolerance
      else {
        return "\(request) has at place \(place) item \(item.item) by \(item.score), which is "
          + "\(score(item.item)), and the best there is \(best[place])"
      }
    }
    return nil
  }

  /// The greatest scores, greatest first.
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

/// The two formulas.
extension FactorTables {
  fileprivate func score(user: Int, item: Int) -> Double {
    Double(globalMean) + Double(userBiases[user]) + Double(itemBiases[item])
      + product(userFactors, user, itemFactors, item)
  }

  fileprivate func cosine(_ one: Int, _ other: Int) -> Double {
    func product(_ left: Int, _ right: Int) -> Double {
      self.product(itemFactors, left, itemFactors, right)
    }
    return product(one, other) / (product(one, one) * product(other, other)).squareRoot()
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
