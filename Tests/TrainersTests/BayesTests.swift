import Errors
import Foundation
import Interactions
import Learning
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// What `bayes` learns, held against a planted model and against a sampler that follows the definitions.
@Suite struct BayesTests {
  private func fit(
    _ table: InteractionTable, _ options: [String: String], seed: UInt64 = 0,
    heldOut: HeldOutRatings? = nil, epochLimit: Int? = nil
  ) throws -> (tables: FactorTables, course: TrainingCourse) {
    var context = TrainingContext(seed: seed)
    context.epochLimit = epochLimit
    let fitted = try BayesTrainer(reading: options).fit(
      TrainingData(training: table, heldOut: heldOut), in: context)
    return (try #require(fitted.learned as? FactorTables), try #require(fitted.course))
  }

  private func error(_ tables: FactorTables, on heldOut: HeldOutRatings) -> Double {
    var sum = 0.0
    for position in 0..<heldOut.count {
      let (user, item) = (heldOut.users[position], heldOut.items[position])
      var prediction = tables.globalMean
      if user != HeldOutRatings.unknown { prediction += tables.userBiases[Int(user)] }
      if item != HeldOutRatings.unknown { prediction += tables.itemBiases[Int(item)] }
      if user != HeldOutRatings.unknown, item != HeldOutRatings.unknown {
        prediction = tables.prediction(Int(user), Int(item))
      }
      let miss = Double(prediction - heldOut.values[position])
      sum += miss * miss
    }
    return sum / Double(heldOut.count)
  }

  /// Three factors, and noise that no model can predict: the error comes close to the noise, and what the
  /// training says of it is what the tables make, though these hold the mean of all samples in a few columns.
  @Test func findsWhatWasPlanted() throws {
    var problem = RatingProblem()
    var random = SplitMix64(seed: 4)
    func rows(_ count: Int) -> [[Double]] {
      (0..<count).map { _ in (0..<3).map { _ in normal(&random) } }
    }
    let (users, items) = (rows(150), rows(100))
    for (user, tastes) in users.enumerated() {
      for (item, kinds) in items.enumerated() where Int.random(in: 0..<10, using: &random) < 4 {
        let score = zip(tastes, kinds).reduce(0) { $0 + $1.0 * $1.1 }
        problem.add(
          Int64(user), Int64(item), Float(20 + tastes[0] + 3 * score + normal(&random)))
      }
    }
    let parts = try problem.table().split(by: .random(share: 0.2, seed: 1))
    let (tables, course) = try fit(parts.training, ["factors": "6"], heldOut: parts.heldOut)
    let found = error(tables, on: parts.heldOut)
    #expect(found < 1.35, "\(found), of which noise is 1")
    let loss = try #require(course.history.epochs.last?.validationLoss)
    #expect(abs(loss - found) < 0.02 * loss, "\(loss) for \(found)")
    #expect(tables.factorCount < 40)
    // The average of samples is better than one of them.
    let one = try #require(course.history.epochs[19].validationLoss)
    #expect(loss < 0.9 * one)
  }

  /// The mean of long runs is that of the posterior distribution, which the naive sampler finds by other
  /// steps: number by number, and all distributions made from normal numbers.
  @Test func agreesWithANaiveSampler() throws {
    var problem = RatingProblem()
    var random = SplitMix64(seed: 7)
    let tastes = (0..<8).map { _ in normal(&random) }
    let kinds = (0..<6).map { _ in normal(&random) }
    for user in 0..<8 {
      for item in 0..<6 where (user * 5 + item * 3) % 7 > 1 {
        let noise = (user == 0 ? 2 : 0.3) * normal(&random)
        problem.add(Int64(user), Int64(item), Float(3 + tastes[user] * kinds[item] + noise))
      }
    }
    let table = try problem.table()
    let pairs = (0..<table.userCount * table.itemCount)
    let chains = try (0..<8).map { seed in
      let (tables, _) = try fit(table, ["factors": "2", "sweeps": "1000"], seed: UInt64(seed))
      return pairs.map { Double(tables.prediction($0 / table.itemCount, $0 % table.itemCount)) }
    }
    let naive = (0..<8).map { seed in
      var sampler = NaiveBayes(table, factorCount: 2, seed: 9 + UInt64(seed))
      return sampler.meanPredictions(sweeps: 5000)
    }
    // Each mean over the chains, and the square of its standard error.
    func estimate(_ chains: [[Double]], _ pair: Int) -> (mean: Double, variance: Double) {
      let count = Double(chains.count)
      let mean = chains.reduce(0) { $0 + $1[pair] } / count
      let squares = chains.reduce(0) { $0 + ($1[pair] - mean) * ($1[pair] - mean) }
      return (mean, squares / (count - 1) / count)
    }
    var (misses, ratios, largest) = (0.0, 0.0, 0.0)
    var expected: [Double] = []
    for pair in pairs {
      let (own, other) = (estimate(chains, pair), estimate(naive, pair))
      let miss = abs(own.mean - other.mean)
      let ratio = miss * miss / (own.variance + other.variance)
      expected.append(other.mean)
      misses += miss / Double(pairs.count)
      ratios += ratio / Double(pairs.count)
      largest = max(largest, ratio.squareRoot())
    }
    #expect(misses < 0.04, "the mean difference is \(misses)")
    #expect(ratios < 3 && largest < 6, "\(ratios), at most \(largest) standard errors")
    // The two are not the same merely because all predictions are.
    #expect((expected.max() ?? 0) - (expected.min() ?? 0) > 1)
  }

  /// What is assumed before the ratings are seen fits any scale.
  @Test func otherUnitsGiveTheSameModelInThem() throws {
    let problem = RatingProblem.planted(users: 30, items: 25, chance: 0.5, seed: 5)
    var scaled = problem
    scaled.values = problem.values.map { 1024 * $0 - 4096 }
    let options = ["factors": "3", "sweeps": "30"]
    let (own, _) = try fit(problem.table(), options)
    let (other, _) = try fit(scaled.table(), options)
    for user in 0..<own.userCount {
      for item in 0..<own.itemCount {
        let expected = 1024 * own.prediction(user, item) - 4096
        #expect(abs(other.prediction(user, item) - expected) < 5)
      }
    }
  }

  /// As a model is learned again from all ratings: nothing held out, and no more sweeps than were kept.
  @Test func learnsWithoutHeldOutRatingsAsManySweepsAsWereKept() throws {
    let table = try RatingProblem.planted(users: 30, items: 25, chance: 0.5, seed: 5).table()
    for limit in [1, 5, 40] {
      let (tables, course) = try fit(table, ["factors": "3"], epochLimit: limit)
      #expect(course.history.epochs.count == limit && course.keptEpoch == limit)
      #expect(course.history.epochs.allSatisfy { $0.validationLoss == nil })
      let loss = try #require(course.history.epochs.last?.trainingLoss)
      #expect(loss > 0 && loss < 4)
      #expect(tables.prediction(0, 0).isFinite && tables.outputRange == nil)
    }
  }

  @Test func theSeedDecidesTheSamples() throws {
    let table = try RatingProblem.planted(users: 20, items: 15, chance: 0.5, seed: 1).table()
    let options = ["factors": "4", "sweeps": "12"]
    let (first, _) = try fit(table, options)
    #expect(try fit(table, options).tables.bits == first.bits)
    #expect(try fit(table, options, seed: 1).tables.bits != first.bits)
  }

  @Test func keepsTheBestSweepWhereThatIsAskedFor() throws {
    let parts = try RatingProblem.planted(users: 40, items: 30, chance: 0.3, seed: 4).table()
      .split(by: .random(share: 0.3, seed: 1))
    let (tables, course) = try fit(
      parts.training, ["factors": "5", "sweeps": "40", "keep-best": "true"],
      heldOut: parts.heldOut)
    let losses = course.history.epochs.map { $0.validationLoss ?? .nan }
    let best = try #require(losses.min())
    #expect(losses[course.keptEpoch - 1] == best)
    #expect(abs(error(tables, on: parts.heldOut) - best) < 0.02 * best)
  }
}

/// A sample of the standard normal distribution, by Box and Muller's method.
private func normal(_ random: inout SplitMix64) -> Double {
  let length = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot()
  return length * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
}

/// The model of `bayes` sampled number by number, each distribution by its definition: a chi-squared number
/// is a sum of squares, a sample of Wishart's distribution a sum of outer products.
private struct NaiveBayes {
  /// Users, then items.
  private var rows: [[[Double]]]
  private var precisions: [[Double]]
  private var priors: [[[Double]]]
  /// How many ratings a row has, as the model takes it, and what follows from it.
  private let activities: [[Double]]
  private var slopes: [[Double]]
  private var level = 0.0
  private var precision = 1.0
  private let ratings: [(user: Int, item: Int, value: Double)]
  private let (mean, deviation): (Double, Double)
  private let order: Int
  private var random: SplitMix64

  init(_ table: InteractionTable, factorCount: Int, seed: UInt64) {
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

  /// The mean prediction of each pair, user by user, over the last nine tenths of the sweeps.
  mutating func meanPredictions(sweeps: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: rows[0].count * rows[1].count)
    for sweep in 0..<sweeps {
      for side in 0...1 { drawRows(side) }
      for side in 0...1 { drawPrecisions(side) }
      drawLevel()
      for side in 0...1 { drawSlope(side) }
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
        // The prior's part, and each rating's.
        var sum = priors[side][place][place]
        func expected(_ place: Int) -> Double { activities[side][row] * slopes[side][place] }
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

  private mutating func drawSlope(_ side: Int) {
    let activities = activities[side]
    let scale = activities.reduce(1) { $0 + $1 * $1 }
    let sums = (0..<order).map { place in
      zip(activities, rows[side]).reduce(0) { $0 + $1.0 * $1.1[place] }
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

  /// Wishart's distribution: the sum of the outer products of as many normal vectors as there are degrees of
  /// freedom, whose covariance is the inverse of 1 + the Gram matrix.
  private mutating func drawPrior(_ side: Int) {
    var gram = (0..<order).map { row in (0..<order).map { $0 == row ? 1.0 : 0 } }
    // The slope is one more row of this precision, around zero.
    let deviations =
      zip(rows[side], activities[side]).map { row, activity in
        zip(row, slopes[side]).map { $0 - activity * $1 }
      } + [slopes[side]]
    for row in deviations {
      for left in 0..<order {
        for right in 0..<order { gram[left][right] += row[left] * row[right] }
      }
    }
    // gram = Uᵀ U, so that U⁻¹ n has the covariance gram⁻¹.
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
