import Foundation
import Interactions
import Learning
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Compares `dot-bias` with fastai on the same tables and batches. The constants are those of
/// `fixtures/learning/make_dot_bias_golden.py`.
@Suite struct DotBiasGoldenTests {
  private struct Golden: Decodable {
    let losses: [Float]
    let rates: [Double]
    let momenta: [Double]
    let smoothedLoss: Double
    let predictions: [Float]
    let search: GoldenRateSearch
  }

  /// Records the training's progress.
  private final class Record: TrainingCallback {
    var progress: [TrainingProgress] = []
    func stepDidEnd(_ progress: TrainingProgress) { self.progress.append(progress) }
  }

  private let userCount = 40
  private let itemCount = 60
  private let golden: Golden

  init() throws {
    let file = URL(fileURLWithPath: ProjectFolder.fixture("learning/dot_bias_golden.json"))
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  @Test func exactTrainingIsFastais() throws {
    let (result, progress) = try train(exact: true)
    #expect(agree(progress.compactMap(\.result.loss), golden.losses, within: 5e-6))
    #expect(agree(predictions(result.tables), expected(result.tables), within: 1e-5))
    #expect(
      abs((result.course.history.epochs.last?.trainingLoss ?? 0) - golden.smoothedLoss) < 1e-5)
  }

  /// The measured difference is 2e-4, with losses from 1 to 4.
  @Test func fastTrainingStaysClose() throws {
    let (result, progress) = try train(exact: false)
    #expect(agree(progress.compactMap(\.result.loss), golden.losses, within: 5e-4))
    #expect(agree(predictions(result.tables), expected(result.tables), within: 1e-3))
  }

  @Test func scheduleIsFastais() throws {
    let (_, progress) = try train(exact: false)
    #expect(progress.count == 50)
    for progress in progress {
      let step = try #require(progress.result.gradientStep)
      #expect(abs(step.rate / golden.rates[step.number - 1] - 1) < 1e-4, "step \(step.number)")
      #expect(abs(step.momentum - golden.momenta[step.number - 1]) < 1e-6, "step \(step.number)")
    }
  }

  @Test func searchForARateIsFastais() throws {
    let curve = try search(exact: true)
    try #require(curve.points.count == golden.search.rates.count)
    for (point, (rate, loss)) in zip(curve.points, zip(golden.search.rates, golden.search.losses)) {
      #expect(abs(point.rate / rate - 1) < 1e-4)
      #expect(abs(point.loss / loss - 1) < 1e-4, "at \(rate)")
    }
    let found = LRSuggestions(curve)
    for (found, expected) in [
      (found.steepest, golden.search.steepest), (found.minimum, golden.search.minimum),
      (found.valley, golden.search.valley), (found.slide, golden.search.slide),
    ] { #expect(abs((try #require(found)) / expected - 1) < 1e-4) }
  }

  @Test func fastSearchStaysClose() throws {
    let curve = try search(exact: false)
    try #require(curve.points.count == golden.search.rates.count)
    for (point, loss) in zip(curve.points, golden.search.losses) where point.rate < 1 {
      #expect(abs(point.loss / loss - 1) < 1e-2, "at \(point.rate)")
    }
  }

  private func search(exact: Bool) throws -> LRCurve {
    try DotBiasTrainer(options: options(exact: exact)).findLearningRate(
      on: TrainingData(training: ratings()), in: TrainingContext([], order: .byNumber),
      start: start())
  }

  private func options(exact: Bool) -> DotBiasOptions {
    var options = DotBiasOptions()
    options.descent.epochCount = 2
    options.descent.batchSize = 16
    options.isExact = exact
    options.range = .stars
    return options
  }

  private func train(exact: Bool) throws -> (
    (tables: FactorTables, course: TrainingCourse), [TrainingProgress]
  ) {
    let record = Record()
    let result = try DotBiasTrainer(options: options(exact: exact)).train(
      on: ratings(), in: TrainingContext([record], order: .byNumber), start: start())
    return (result, record.progress)
  }

  private func ratings() throws -> InteractionTable {
    var problem = RatingProblem()
    for pair in 0..<(userCount * itemCount) where mixed(9 << 32 | UInt64(pair)) % 5 == 0 {
      guard problem.values.count < 400 else { break }
      let value = Float(mixed(10 << 32 | UInt64(problem.values.count)) % 10) / 2 + 0.5
      problem.add(Int64(pair / itemCount), Int64(pair % itemCount), value)
    }
    let table = try problem.table()
    #expect(table.count == 400 && table.itemCount == itemCount)
    return table
  }

  /// Returns the script's tables, without users that occur in none of the 400 ratings.
  private func start() throws -> FactorTables {
    func table(_ number: UInt64, _ count: Int) -> [Float] {
      (0..<count).map { position in
        let share = Double(mixed(number << 32 + UInt64(position)) >> 40) / 0x1p24
        return Float((share - 0.5) * 0.04)
      }
    }
    let users = try ratings().userCount
    return FactorTables(
      factorCount: 50, userFactors: table(1, users * 50), itemFactors: table(2, itemCount * 50),
      userBiases: table(3, users), itemBiases: table(4, itemCount), globalMean: 0,
      outputRange: OutputRange(lower: 0, upper: 5.5))
  }

  private func predictions(_ tables: FactorTables) -> [Float] {
    tables.userBiases.indices.map { tables.prediction($0, 7 * $0 % itemCount) }
  }

  /// Returns fastai's predictions, without users that have no ratings.
  private func expected(_ tables: FactorTables) -> [Float] {
    Array(golden.predictions.prefix(tables.userBiases.count))
  }

  /// Returns SplitMix64's output for one counter.
  private func mixed(_ counter: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: counter &* 0x9E37_79B9_7F4A_7C15)
    return generator.next()
  }
}
