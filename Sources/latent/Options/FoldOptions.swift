import ArgumentParser
import Errors
import Evaluation
import Jobs
import Learning
import Ratings
import Trainers

/// Options for cross-validation: the models with their options, and the number of folds.
struct FoldOptions: ParsableArguments {
  @OptionGroup var arguments: TrainerArguments<WholeTraining>

  @Option(
    help: ArgumentHelp(
      "Instead of a version, evaluate a kind of model by cross-validation with this many folds; each "
        + "rating is held out once (with --model alone: 5).", valueName: "count"))
  var folds: Int?

  @Option(help: "With --folds: the seed for the initial parameters and the order of batches.")
  var seed: UInt64?

  @Option(help: ArgumentHelp("With --folds: the seed that decides the folds.", valueName: "seed"))
  var splitSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "With --folds: the transform of values before training: none or log1p.",
      valueName: "name"))
  var transform: ValueTransform?

  /// Whether to evaluate a kind of model rather than a version.
  var isGiven: Bool { folds != nil || arguments.isGiven }

  func validate() throws {
    if let folds, !(2...100).contains(folds) {
      throw ValidationError("--folds must be from 2 to 100.")
    }
    guard !isGiven else { return }
    for (name, isThere) in [
      ("seed", seed != nil), ("split-seed", splitSeed != nil), ("transform", transform != nil),
    ] where isThere {
      throw ValidationError("--\(name) goes with --folds.")
    }
  }

  /// Evaluates the models on all folds.
  func judge(_ store: StoreOptions, _ judging: JudgingOptions) throws -> CrossValidation {
    let display = TrainingDisplay(isQuiet: false)
    do {
      return try CrossValidation(
        of: TrainingRequest(
          arguments.models(), seed: seed ?? 0, threadCount: judging.threads.count, split: "none",
          splitSeed: splitSeed ?? 0, transform: transform ?? .none), folds: folds ?? 5,
        on: store.open(), from: judging.ratings.source, report: { display.show($0) })
    } catch let error as TrainingError where error.code == .badOption {
      throw error.namingTheOption
    } catch let error as JobError where error.code == .nothingHeldOut {
      throw CommandFailure("\(error.place) \(error.problem)", remedy: error.remedy)
    } catch let error as JobError { throw error.words }
  }

  /// Returns a row per metric: its value over all folds with the interval, the lowest and the highest fold, and the
  /// baselines.
  static func table(of validation: CrossValidation, threadCount: Int) -> ResultTable {
    let whole = validation.reports
    var table = ResultTable(
      [
        "metric", "value", "low", "high", .init("lowest_fold", heading: "lowest fold"),
        .init("highest_fold", heading: "highest fold"),
      ] + whole.dropFirst().map { .init($0.name) })
    func append(
      _ metric: String, _ value: Double, _ interval: ClosedRange<Double>?, folds: [Double],
      baselines: [Double?]
    ) {
      table.append(
        [
          .text(metric), .number(value, decimals: 4),
          .optional(interval?.lowerBound, decimals: 4),
          .optional(interval?.upperBound, decimals: 4), .optional(folds.min(), decimals: 4),
          .optional(folds.max(), decimals: 4),
        ] + baselines.map { .optional($0, decimals: 4) })
    }
    for metric in Metric.detailed {
      guard let value = whole[0][metric] else { continue }
      append(
        metric.name, value, whole[0].interval(of: metric, threadCount: threadCount),
        folds: validation.folds.compactMap { $0[0][metric] },
        baselines: whole.dropFirst().map { $0[metric] })
    }
    if let all = HeldOutIntervals.coverage(of: validation.intervals, threadCount: threadCount) {
      let folds = validation.intervals.compactMap { $0.coverage(threadCount: threadCount) }
      for figure in all.figures {
        append(
          figure.name, figure.value, figure.interval,
          folds: folds.flatMap(\.figures).filter { $0.name == figure.name }.map(\.value),
          baselines: whole.dropFirst().map { _ in nil })
      }
    }
    return table
  }
}
