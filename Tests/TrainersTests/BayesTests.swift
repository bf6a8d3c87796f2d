import Errors
import Foundation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Compares the trained `bayes` model with a planted model and with a sampler written by the definitions.
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

  /// Three factors and irreducible noise: the error comes close to the noise. The reported loss is that of the tables,
  /// even though they compress the mean of all samples into a few columns.
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
    // The average of all samples is better than a single one.
    let one = try #require(course.history.epochs[19].validationLoss)
    #expect(loss < 0.9 * one)
  }

  /// Nine of ten held-out ratings lie in their intervals, and intervals of noisy users are wider.
  @Test func intervalsHoldAsManyRatingsAsTheySay() throws {
    var problem = RatingProblem()
    var random = SplitMix64(seed: 12)
    func rows(_ count: Int) -> [[Double]] {
      (0..<count).map { _ in (0..<3).map { _ in normal(&random) } }
    }
    let (users, items) = (rows(120), rows(90))
    for (user, tastes) in users.enumerated() {
      for (item, kinds) in items.enumerated() where Int.random(in: 0..<10, using: &random) < 4 {
        let score = zip(tastes, kinds).reduce(0) { $0 + $1.0 * $1.1 }
        problem.add(
          Int64(user), Int64(item), Float(score + (user % 2 == 0 ? 0.5 : 2) * normal(&random)))
      }
    }
    let ratings = try problem.table().split(by: .random(share: 0.2, seed: 1))
    let (tables, _) = try fit(ratings.training, ["factors": "5"])
    let bytes = try tables.contents(
      kind: "bayes", catalogue: ModelCatalogueContents(ratings: ratings) { _ in nil }
    ).encoded()
    let model = try RecommenderForm.open(
      SafetensorsFile(MappedFile(copying: bytes, named: "model")))
    try model.verifyContents()
    var (held, widths) = (0.0, [0.0, 0.0])
    for position in 0..<ratings.heldOut.count {
      let (user, item) = (ratings.heldOut.users[position], ratings.heldOut.items[position])
      let interval = try #require(model.interval(for: UserIndex(user), item: ItemIndex(item)))
      if interval.contains(ratings.heldOut.values[position]) { held += 1 }
      widths[Int(user) % 2] += Double(interval.upperBound - interval.lowerBound)
    }
    let share = held / Double(ratings.heldOut.count)
    #expect(abs(share - RatingSpread.level) < 0.04, "\(share)")
    #expect(widths[1] > 1.5 * widths[0])
    #expect(tables.spread?.bounds.lowerBound == ratings.training.values.min())
    #expect(tables.spread?.bounds.upperBound == ratings.training.values.max())
  }

  /// The mean over long runs is that of the posterior distribution. The naive sampler finds it in different steps:
  /// number by number, with all distributions derived from normal numbers.
  @Test(arguments: ["none", "sets"]) func agreesWithANaiveSampler(_ features: String) throws {
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
      let (tables, _) = try fit(
        table, ["factors": "2", "sweeps": "1000", "features": features],
        seed: UInt64(seed))
      return pairs.map { Double(tables.prediction($0 / table.itemCount, $0 % table.itemCount)) }
    }
    let naive = (0..<8).map { seed in
      var sampler = NaiveBayes(
        table, factorCount: 2, hasSets: features == "sets", seed: 9 + UInt64(seed))
      return sampler.meanPredictions(sweeps: 5000)
    }
    // Returns the mean over the chains and its squared standard error.
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
    // The predictions vary, so the agreement is not trivial.
    #expect((expected.max() ?? 0) - (expected.min() ?? 0) > 1)
  }

  /// The priors fit any scale of ratings.
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

  /// As in a refit on all ratings: nothing is held out, and the number of sweeps is the number kept before.
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

  /// The losses of burn-in sweeps say nothing about the mean.
  @Test func theSweepsThatDoNotCountEndNothing() throws {
    let parts = try RatingProblem.planted(users: 40, items: 30, chance: 0.3, seed: 4).table()
      .split(by: .random(share: 0.3, seed: 1))
    for seed in 0..<5 {
      let (_, course) = try fit(
        parts.training,
        ["factors": "5", "sweeps": "60", "early-stop": "1", "keep-best": "true"],
        seed: UInt64(seed), heldOut: parts.heldOut)
      #expect(course.keptEpoch > 10 && course.history.epochs.count > course.keptEpoch)
    }
  }

  /// Two kinds of users differ in which items they rated, not in how. Their expected ratings are found even for users
  /// with few ratings.
  @Test func setsTellTasteThatValuesDoNot() throws {
    var problem = RatingProblem()
    var random = SplitMix64(seed: 11)
    for user in 0..<300 {
      let kind = user % 2
      for item in 0..<40 where Int.random(in: 0..<10, using: &random) < (item % 2 == kind ? 4 : 1) {
        let mean = item < 20 ? 3 : kind == 0 ? 1.5 : 4.5
        problem.add(Int64(user), Int64(item), Float(mean + 0.5 * normal(&random)))
      }
    }
    let parts = try problem.table().split(by: .random(share: 0.5, seed: 1))
    let losses = try ["none", "sets"].map { features in
      let (tables, course) = try fit(
        parts.training, ["factors": "3", "sweeps": "60", "features": features],
        heldOut: parts.heldOut)
      #expect(
        abs(
          error(tables, on: parts.heldOut) / (course.history.epochs.last?.validationLoss ?? 0) - 1)
          < 0.02)
      return error(tables, on: parts.heldOut)
    }
    #expect(losses[1] < 0.95 * losses[0], "\(losses)")
  }
}
