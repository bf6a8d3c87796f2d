import Interactions
import Learning
import Recommenders
import TensorCore
import TestEnvironment
import Testing
import Trainers

@Suite struct DotBiasTests {
  private func options(_ change: (inout DotBiasOptions) -> Void = { _ in }) -> DotBiasOptions {
    var options = DotBiasOptions()
    options.factorCount = 10
    options.descent.batchSize = 32
    options.range = .stars
    change(&options)
    return options
  }

  @Test func learnsPlantedTastes() throws {
    let problem = RatingProblem.planted(users: 80, items: 60, chance: 0.4, seed: 1)
    let split = try problem.table().split(by: .random(share: 0.2, seed: 3))
    let result = try DotBiasTrainer(options: options { $0.descent.epochCount = 30 })
      .train(on: split.training, heldOut: split.heldOut)
    let values = split.heldOut.values
    let mean = values.reduce(0, +) / Float(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
    let found = try #require(result.course.history.epochs.last?.validationLoss)
    #expect(found < 0.5 * Double(variance), "\(found) against a variance of \(variance)")
    #expect(result.course.history.epochs.count == 30)
    // The loss is that of the returned tables.
    var sum: Float = 0
    for rating in 0..<split.heldOut.count {
      let error =
        result.tables.prediction(
          Int(split.heldOut.users[rating]), Int(split.heldOut.items[rating])) - values[rating]
      sum += error * error
    }
    #expect(abs(Double(sum) / Double(values.count) - found) < 1e-5)
  }

  /// Factors alone: all biases stay 0 with either kind of training, and ratings with biases are predicted less well.
  @Test(arguments: [1, 6, 7]) func withoutBiasesTheyStayZero(_ factorCount: Int) throws {
    let table = try RatingProblem.planted(users: 60, items: 50, chance: 0.3, seed: 5).table()
    var setting = options {
      $0.factorCount = factorCount
      $0.descent.epochCount = 4
      $0.isWithoutBiases = true
    }
    let fast = try DotBiasTrainer(options: setting).train(on: table)
    setting.isExact = true
    let exact = try DotBiasTrainer(options: setting).train(on: table)
    for tables in [fast.tables, exact.tables] {
      #expect(tables.globalMean == 0)
      #expect((tables.userBiases + tables.itemBiases).allSatisfy { $0 == 0 })
    }
    let (a, b) = (fast.tables.userFactors, exact.tables.userFactors)
    #expect(a.contains { abs($0) > 0.02 })
    #expect(agree(a, b, within: 0.05))
    let losses = try [fast, exact].map {
      try #require($0.course.history.epochs.last?.trainingLoss)
    }
    #expect(abs(losses[0] / losses[1] - 1) < 5e-3)
    setting.isExact = false
    setting.isWithoutBiases = false
    let biased = try DotBiasTrainer(options: setting).train(on: table)
    #expect(biased.tables.itemBiases.contains { $0 != 0 })
  }

  @Test(arguments: [1, 5, 6, 7, 50]) func fastAgreesWithExact(_ factorCount: Int) throws {
    let table = try RatingProblem.planted(users: 150, items: 400, chance: 0.05, seed: 2).table()
    let setting = options {
      $0.factorCount = factorCount
      $0.descent.batchSize = 16
      $0.descent.epochCount = 3
    }
    let fast = try DotBiasTrainer(options: setting).train(on: table)
    var exactSetting = setting
    exactSetting.isExact = true
    let exact = try DotBiasTrainer(options: exactSetting).train(on: table)
    let a = try #require(fast.course.history.epochs[2].trainingLoss)
    let b = try #require(exact.course.history.epochs[2].trainingLoss)
    #expect(abs(a / b - 1) < 2e-3, "\(a) against \(b)")
    var difference: Float = 0
    for user in 0..<table.userCount {
      for item in stride(from: user % 7, to: table.itemCount, by: 7) {
        difference = max(
          difference,
          abs(fast.tables.prediction(user, item) - exact.tables.prediction(user, item)))
      }
    }
    #expect(difference < 0.05)
  }

  @Test func trainsWithoutARange() throws {
    let problem = RatingProblem.planted(users: 60, items: 50, chance: 0.4, seed: 5)
    let setting = options {
      $0.range = .unbounded
      $0.descent.epochCount = 40
      $0.descent.peakRate = 0.02
    }
    let result = try DotBiasTrainer(options: setting).train(on: problem.table())
    #expect(result.tables.outputRange == nil)
    #expect((result.course.history.epochs.last?.trainingLoss ?? 9) < 1)
  }

  /// Constant ratings are predicted from the start.
  @Test(arguments: [1, -2, 0, 4000] as [Float])
  func learnsRatingsThatAreAllTheSame(_ value: Float) throws {
    var problem = RatingProblem()
    for user in 0..<12 {
      for item in 0..<9 where (user + item) % 3 > 0 {
        problem.add(Int64(user), Int64(item), value)
      }
    }
    let setting = options {
      $0.range = .automatic
      $0.descent.epochCount = 1
    }
    let tables = try DotBiasTrainer(options: setting).train(on: problem.table()).tables
    let range = try #require(tables.outputRange)
    for user in 0..<12 {
      for item in 0..<9 {
        #expect(abs(tables.prediction(user, item) - value) < 0.01 * (range.upper - range.lower))
      }
    }
  }

  @Test(arguments: [64, 5000]) func doesNotDependOnThreads(_ batchSize: Int) throws {
    let table = try RatingProblem.planted(users: 300, items: 200, chance: 0.2, seed: 6).table()
    let results = try [1, 2, 3].map { threadCount in
      try DotBiasTrainer(
        options: options {
          $0.descent.batchSize = batchSize
          $0.descent.epochCount = 2
        }
      ).train(on: table, in: TrainingContext(compute: ComputeContext(threadCount: threadCount)))
    }
    #expect(results[0].tables.bits == results[1].tables.bits)
    #expect(results[0].tables.bits == results[2].tables.bits)
    let other = try DotBiasTrainer(
      options: options {
        $0.descent.batchSize = batchSize
        $0.descent.epochCount = 2
      }
    ).train(on: table, in: TrainingContext(seed: 1))
    #expect(other.tables.bits != results[0].tables.bits)
  }

  @Test func validationDoesNotChangeTraining() throws {
    let table = try RatingProblem.planted(users: 50, items: 40, chance: 0.4, seed: 7).table()
    let split = try table.split(by: .random(share: 0.3, seed: 1))
    let with = try DotBiasTrainer(options: options()).train(
      on: split.training, heldOut: split.heldOut)
    let without = try DotBiasTrainer(options: options()).train(on: split.training)
    #expect(with.tables.bits == without.tables.bits)
    #expect(without.course.history.epochs.allSatisfy { $0.validationLoss == nil })
  }

  @Test(arguments: [false, true]) func anUnknownSideHasTheMeanBias(_ isExact: Bool) throws {
    var problem = RatingProblem.planted(users: 30, items: 20, chance: 0.6, seed: 8)
    // A user and an item with one rating: with some seed, it is held out.
    problem.add(1000, 1000, 4)
    let table = try problem.table()
    let split = try #require(
      try (0..<100 as Range<UInt64>).lazy.map {
        try table.split(by: .random(share: 0.1, seed: $0))
      }.first { $0.heldOut.users.contains(HeldOutRatings.unknown) })
    var options = options()
    options.isExact = isExact
    let data = TrainingData(training: split.training, heldOut: split.heldOut)
    let fitted = try DotBiasTrainer(options: options).fit(data, in: TrainingContext())
    let finished = try #require(fitted.learned as? FactorTables)
    let raw = try DotBiasTrainer(options: options).train(data, in: TrainingContext()).tables
    let means = [raw.userBiases, raw.itemBiases].map { $0.reduce(0, +) / Float($0.count) }
    let range = try #require(raw.outputRange)
    var sum = 0.0
    for (rating, value) in split.heldOut.values.enumerated() {
      let (user, item) = (split.heldOut.users[rating], split.heldOut.items[rating])
      let prediction: Float
      if user == HeldOutRatings.unknown || item == HeldOutRatings.unknown {
        let own = user == HeldOutRatings.unknown ? means[0] : raw.userBiases[Int(user)]
        let other = item == HeldOutRatings.unknown ? means[1] : raw.itemBiases[Int(item)]
        prediction = range.sigmoid(own + other)
        let score =
          finished.globalMean
          + (user == HeldOutRatings.unknown ? 0 : finished.userBiases[Int(user)])
          + (item == HeldOutRatings.unknown ? 0 : finished.itemBiases[Int(item)])
        #expect(abs(range.sigmoid(score) - prediction) < 1e-5)
      } else {
        prediction = raw.prediction(Int(user), Int(item))
        #expect(abs(finished.prediction(Int(user), Int(item)) - prediction) < 1e-5)
      }
      sum += Double((prediction - value) * (prediction - value))
    }
    let found = try #require(fitted.course?.history.epochs.last?.validationLoss)
    #expect(abs(found - sum / Double(split.heldOut.count)) < 1e-4)
  }
}
