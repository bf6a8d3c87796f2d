import Foundation
import Interactions
import TestEnvironment

/// Returns a sample of the standard normal distribution, by the Box-Muller transform.
func normal(_ random: inout SplitMix64) -> Double {
  let length = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
  return length * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
}

/// A sampler for the model of `bayes` that draws number by number, with distributions by their definitions: chi-squared
/// numbers as sums of squares, Wishart samples as sums of outer products.
struct NaiveBayes {
  /// The rows of users, then those of items.
  private var rows: [[[Double]]]
  private var precisions: [[Double]]
  private var priors: [[[Double]]]
  /// The model's measure of each row's number of ratings, and the slopes on it.
  private let activities: [[Double]]
  private var slopes: [[Double]]
  /// The contribution of each row of the other side to the rows it has ratings with, in units of 1 / sqrt(n).
  private let hasSets: Bool
  private var effects: [[[Double]]]
  private var effectPrecisions = [1.0, 1.0]
  private var level = 0.0
  private var precision = 1.0
  private let ratings: [(user: Int, item: Int, value: Double)]
  private let (mean, deviation): (Double, Double)
  private let order: Int
  private var random: SplitMix64

  init(_ table: InteractionTable, factorCount: Int, hasSets: Bool, seed: UInt64) {
    order = factorCount + 1
    let order = order
    var random = SplitMix64(seed: seed)
    let counts = [table.userCount, table.itemCount]
    rows = counts.map { (0..<$0).map { _ in (0..<order).map { _ in normal(&random) / 3 } } }
    precisions = counts.map { Array(repeating: 1, count: $0) }
    priors = counts.map { _ in
      (0..<order).map { row in (0..<order).map { $0 == row ? 1 : 0 } }
    }
    slopes = counts.map { _ in Array(repeating: 0, count: order) }
    self.hasSets = hasSets
    effects = [1, 0].map { side in
      Array(repeating: Array(repeating: 0.0, count: order), count: counts[side])
    }
    activities = [table.users, table.items].enumerated().map { side, rows in
      let logarithms = (0..<counts[side]).map { row in
        log(1 + Double(rows.count { Int($0) == row }))
      }
      let mean = logarithms.reduce(0) { $0 + $1 * $1 } / Double(counts[side])
      return logarithms.map { $0 / mean.squareRoot() }
    }
    self.random = random
    let values = table.values.map { Double($0) }
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation =
      (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    (self.mean, self.deviation) = (mean, deviation)
    ratings = values.indices.map {
      (Int(table.users[$0]), Int(table.items[$0]), (values[$0] - mean) / deviation)
    }
  }

  /// Returns the mean prediction of each pair by user, over the last nine tenths of the sweeps.
  mutating func meanPredictions(sweeps: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: rows[0].count * rows[1].count)
    for sweep in 0..<sweeps {
      for side in 0...1 { drawRows(side) }
      for side in 0...1 { drawPrecisions(side) }
      drawLevel()
      for side in 0...1 { drawSlope(side) }
      if hasSets { for side in 0...1 { drawEffects(side) } }
      for side in 0...1 { drawPrior(side) }
      guard sweep >= sweeps / 10 else { continue }
      for place in sums.indices {
        sums[place] += score(place / rows[1].count, place % rows[1].count)
      }
    }
    return sums.map { mean + deviation * $0 / Double(sweeps - sweeps / 10) }
  }

  private func score(_ user: Int, _ item: Int) -> Double {
    let (own, other) = (rows[0][user], rows[1][item])
    return (1..<order).reduce(level + own[0] + other[0]) { $0 + own[$1] * other[$1] }
  }

  private func weight(_ user: Int, _ item: Int) -> Double {
    precision * precisions[0][user] * precisions[1][item]
  }

  private mutating func drawRows(_ side: Int) {
    for row in rows[side].indices {
      let own = ratings.filter { (side == 0 ? $0.user : $0.item) == row }
      for place in 0..<order {
        // The contribution of the prior, and of each rating.
        var sum = priors[side][place][place]
        let expectation = expectation(side, row)
        func expected(_ place: Int) -> Double { expectation[place] }
        var product = sum * expected(place)
        for other in 0..<order where other != place {
          product -= priors[side][place][other] * (rows[side][row][other] - expected(other))
        }
        for rating in own {
          let partner = rows[1 - side][side == 0 ? rating.item : rating.user]
          let slope = place == 0 ? 1 : partner[place]
          let rest =
            rating.value - score(rating.user, rating.item) + slope * rows[side][row][place]
          let weight = weight(rating.user, rating.item)
          sum += weight * slope * slope
          product += weight * slope * rest
        }
        rows[side][row][place] = product / sum + normal(&random) / sum.squareRoot()
      }
    }
  }

  private mutating func chiSquared(_ count: Int) -> Double {
    (0..<count).reduce(0.0) { sum, _ in
      let number = normal(&random)
      return sum + number * number
    }
  }

  private mutating func drawPrecisions(_ side: Int) {
    for row in rows[side].indices {
      var (rate, count) = (10.0, 10)
      for rating in ratings where (side == 0 ? rating.user : rating.item) == row {
        let error = rating.value - score(rating.user, rating.item)
        rate += weight(rating.user, rating.item) / precisions[side][row] * error * error
        count += 1
      }
      precisions[side][row] = chiSquared(count) / rate
    }
  }

  private mutating func drawLevel() {
    var (weights, sum) = (0.0, 0.0)
    for rating in ratings {
      let weight = weight(rating.user, rating.item)
      weights += weight
      sum += weight * (rating.value - score(rating.user, rating.item) + level)
    }
    level = sum / weights + normal(&random) / weights.squareRoot()
    var rate = 0.02
    for rating in ratings {
      let error = rating.value - score(rating.user, rating.item)
      rate += weight(rating.user, rating.item) / precision * error * error
    }
    precision = chiSquared(ratings.count + 2) / rate
  }

  /// Returns the rows of the other side that a row has ratings with.
  private func partners(_ side: Int, _ row: Int) -> [Int] {
    ratings.filter { (side == 0 ? $0.user : $0.item) == row }.map { side == 0 ? $0.item : $0.user }
  }

  /// Returns the sum of the effects on a row.
  private func shift(_ side: Int, _ row: Int) -> [Double] {
    let partners = partners(side, row)
    return (0..<order).map { place in
      partners.reduce(0.0) { $0 + effects[side][$1][place] } / Double(partners.count).squareRoot()
    }
  }

  /// Returns the expected value of a row.
  private func expectation(_ side: Int, _ row: Int) -> [Double] {
    let shift = hasSets ? shift(side, row) : Array(repeating: 0, count: order)
    return (0..<order).map { activities[side][row] * slopes[side][$0] + shift[$0] }
  }

  private mutating func drawEffects(_ side: Int) {
    let prior = priors[side]
    for effect in effects[side].indices {
      let owners = rows[side].indices.filter { partners(side, $0).contains(effect) }
      let scales = owners.map { 1 / Double(partners(side, $0).count).squareRoot() }
      let weight = scales.reduce(effectPrecisions[side]) { $0 + $1 * $1 }
      for place in 0..<order {
        // The residuals of the rows, including this effect's contribution at this place.
        var rests = zip(owners, scales).map { owner, scale -> [Double] in
          let expectation = expectation(side, owner)
          return (0..<order).map { rows[side][owner][$0] - expectation[$0] }
        }
        let now = effects[side][effect][place]
        for index in rests.indices { rests[index][place] += scales[index] * now }
        var product = 0.0
        for other in 0..<order {
          for index in rests.indices {
            product += prior[place][other] * scales[index] * rests[index][other]
          }
          if other != place {
            product -= effectPrecisions[side] * prior[place][other] * effects[side][effect][other]
          }
        }
        let precision = weight * prior[place][place]
        effects[side][effect][place] =
          product / precision + normal(&random) / precision.squareRoot()
      }
    }
    // A gamma(1, 1) prior: a chi-squared number of twice the shape over twice the rate.
    var rate = 2.0
    for effect in effects[side] {
      for left in 0..<order {
        for right in 0..<order { rate += effect[left] * prior[left][right] * effect[right] }
      }
    }
    effectPrecisions[side] = chiSquared(2 + effects[side].count * order) / rate
  }

  private mutating func drawSlope(_ side: Int) {
    let activities = activities[side]
    let rows: [[Double]] = rows[side].enumerated().map { row, numbers in
      hasSets ? zip(numbers, shift(side, row)).map { $0 - $1 } : numbers
    }
    let scale = activities.reduce(1) { $0 + $1 * $1 }
    let sums = (0..<order).map { place in
      zip(activities, rows).reduce(0) { $0 + $1.0 * $1.1[place] }
    }
    for place in 0..<order {
      let precision = scale * priors[side][place][place]
      let product = (0..<order).reduce(0) { sum, other in
        let rest = other == place ? 0 : scale * slopes[side][other]
        return sum + priors[side][place][other] * (sums[other] - rest)
      }
      slopes[side][place] = product / precision + normal(&random) / precision.squareRoot()
    }
  }

  /// Draws from Wishart's distribution: the sum of the outer products of as many normal vectors as there are degrees of
  /// freedom, whose covariance is the inverse of 1 + the Gram matrix.
  private mutating func drawPrior(_ side: Int) {
    var gram = (0..<order).map { row in (0..<order).map { $0 == row ? 1.0 : 0 } }
    // The slope counts as another row of this precision, centred on zero.
    var deviations =
      rows[side].indices.map { row in
        zip(rows[side][row], expectation(side, row)).map { $0 - $1 }
      } + [slopes[side]]
    if hasSets {
      let scale = effectPrecisions[side].squareRoot()
      deviations += effects[side].map { $0.map { scale * $0 } }
    }
    for row in deviations {
      for left in 0..<order {
        for right in 0..<order { gram[left][right] += row[left] * row[right] }
      }
    }
    // gram = Uᵀ U, so U⁻¹ n has the covariance gram⁻¹.
    var upper = gram.map { $0.map { _ in 0.0 } }
    for row in 0..<order {
      for column in row..<order {
        let sum = (0..<row).reduce(gram[row][column]) { $0 - upper[$1][row] * upper[$1][column] }
        upper[row][column] = column == row ? sum.squareRoot() : sum / upper[row][row]
      }
    }
    var drawn = gram.map { $0.map { _ in 0.0 } }
    for _ in 0..<(order + deviations.count) {
      var vector = (0..<order).map { _ in normal(&random) }
      for row in (0..<order).reversed() {
        for column in row + 1..<order { vector[row] -= upper[row][column] * vector[column] }
        vector[row] /= upper[row][row]
      }
      for left in 0..<order {
        for right in 0..<order { drawn[left][right] += vector[left] * vector[right] }
      }
    }
    priors[side] = drawn
  }
}
