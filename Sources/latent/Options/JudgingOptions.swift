import ArgumentParser
import Errors
import Jobs

/// Options for evaluating versions: the ratings and the number of threads.
struct JudgingOptions: ParsableArguments {
  @OptionGroup var ratings: RatingsSourceOptions
  @OptionGroup var threads: ThreadOptions

  /// Opens and evaluates the versions; warnings go to standard error.
  func judge(
    _ versions: [Int], _ model: ModelOptions, _ store: StoreOptions, besideBaselines: Bool,
    keepingTimes: Bool = false
  ) throws -> JudgedVersions {
    let display = TrainingDisplay(isQuiet: true)
    do {
      return try JudgedVersions(
        versions, of: model.versions, on: store.open(), from: ratings.source,
        besideBaselines: besideBaselines, keepingTimes: keepingTimes, threadCount: threads.count,
        report: { display.show($0) })
    } catch let error as JobError where error.code == .nothingHeldOut {
      throw CommandFailure("\(error.place) \(error.problem)", remedy: error.remedy)
    } catch let error as JobError { throw error.words }
  }
}
