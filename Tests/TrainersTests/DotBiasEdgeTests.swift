import Errors
import Interactions
import Learning
import Recommenders
import Testing
import Trainers

/// Tests tiny data, extreme options, and what stops a training.
@Suite struct DotBiasEdgeTests {
  private func options(_ change: (inout DotBiasOptions) -> Void = { _ in }) -> DotBiasOptions {
    var options = DotBiasOptions()
    options.range = .stars
    change(&options)
    return options
  }

  @Test(arguments: [false, true]) func trainsOnTinyData(_ exact: Bool) throws {
    let problems: [[(Int64, Int64, Float)]] = [
      [(1, 1, 4)], [(1, 1, 4), (1, 2, 4), (1, 3, 4)], [(1, 1, 3), (2, 1, 3), (3, 1, 3)],
      [(1, 1, 2.75), (2, 2, 2.75)],
    ]
    for rows in problems {
      var problem = RatingProblem()
      for row in rows { problem.add(row.0, row.1, row.2) }
      let setting = options {
        $0.isExact = exact
        $0.descent.epochCount = 200
        $0.descent.weightDecay = 0
        $0.descent.peakRate = 0.05
      }
      let table = try problem.table()
      let result = try DotBiasTrainer(options: setting).train(on: table)
      #expect(result.course.history.epochs.count == 200)
      for rating in 0..<table.count {
        let prediction = result.tables.prediction(
          Int(table.users[rating]), Int(table.items[rating]))
        #expect(abs(prediction - table.values[rating]) < 0.2)
      }
    }
  }

  @Test func refusesNoRatings() throws {
    let error = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(options: options()).train(on: RatingProblem().table())
    }
    #expect(error?.code == .badData)
  }

  @Test func refusesOptionsOutOfBounds() throws {
    let table = try RatingProblem.planted(users: 5, items: 5, chance: 1, seed: 1).table()
    let changes: [(inout DotBiasOptions) -> Void] = [
      { $0.factorCount = 0 }, { $0.factorCount = 1 << 20 }, { $0.descent.epochCount = 0 },
      { $0.descent.batchSize = 0 }, { $0.descent.peakRate = 0 }, { $0.descent.peakRate = .nan },
      { $0.descent.peakRate = .infinity }, { $0.descent.weightDecay = -1 },
      { $0.descent.weightDecay = .nan },
      { $0.descent.peakRate = 11 },
    ]
    for change in changes {
      let error = #expect(throws: TrainingError.self) {
        try DotBiasTrainer(options: options(change)).train(on: table)
      }
      #expect(error?.code == .badOption)
      #expect(error?.remedy.isEmpty == false)
    }
  }

  @Test(arguments: [false, true], [false, true])
  func stopsWhenItDiverges(_ exact: Bool, _ ranged: Bool) throws {
    let table = try RatingProblem.planted(users: 40, items: 40, chance: 0.5, seed: 2).table()
    let setting = options {
      $0.isExact = exact
      $0.descent.weightDecay = 0
      $0.descent.peakRate = 1e6
      $0.descent.batchSize = 16
      if !ranged { $0.range = .unbounded }
    }
    let error = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(options: setting).train(on: table)
    }
    #expect(error?.code == .diverged)
    let text = error?.description ?? ""
    #expect(text.contains("epoch 1 of 5"), "\(text)")
    #expect(text.contains("rate"), "\(text)")
    #expect(text.contains("100000"), "\(text)")
  }

  @Test func stopsWhenAskedTo() throws {
    let table = try RatingProblem.planted(users: 40, items: 40, chance: 0.5, seed: 2).table()
    let flag = CancellationFlag()
    flag.cancel()
    let error = #expect(throws: TrainingError.self) {
      try DotBiasTrainer(options: options()).train(on: table, in: TrainingContext([flag]))
    }
    #expect(error?.code == .cancelled)
    #expect(error?.place.hasPrefix("epoch 1, step 1 of") == true)
  }
}
