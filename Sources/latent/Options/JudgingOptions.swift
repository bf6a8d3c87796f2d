import ArgumentParser
import Errors
import Jobs

/// What versions are judged with: which ratings, how many threads.
struct JudgingOptions: ParsableArguments {
  @OptionGroup var ratings: RatingsSourceOptions
  @OptionGroup var threads: ThreadOptions

  /// The versions, read and opened; warnings go to standard error.
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
