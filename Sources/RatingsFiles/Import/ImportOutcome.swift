import Errors
package import Ratings

/// The result of an import or of its preview.
package struct ImportOutcome: Sendable {
  /// How a file was read.
  package struct FileReport: Equatable, Sendable {
    /// The file's name in messages.
    package var name: String
    /// A description of the columns' roles; nil for an empty file.
    package var layout: String?
    /// The tally of its lines.
    package var lines: LineTally
    /// Its first ratings.
    package var firstRatings: [Rating] = []
  }

  package var ratings = WriteTally()
  package var items = WriteTally()
  /// The number of records of ratings merged into another of the same pair.
  package var mergedCount = 0
  /// The rule applied to repeated pairs.
  package var repeats = RepeatRule.newest
  /// The numbers of rejected lines of ratings and of items.
  package var rejectedCount = 0
  package var rejectedItemCount = 0
  /// The files of ratings and of items, each in their order.
  package var ratingsFiles: [FileReport] = []
  package var itemsFiles: [FileReport] = []
  /// The id types; nil if no ids were stored.
  package var userType: IdentifierType?
  package var itemType: IdentifierType?
  /// The kind of feedback; nil if there were no ratings.
  package var feedback: Feedback?
  /// The surveys of the ids, if the types were inferred from the files.
  package var surveyedUsers: IdentifierSurvey?
  package var surveyedItems: IdentifierSurvey?
  /// The anomalies among text ids.
  package var userAnomalies: IDAnomalies?
  package var itemAnomalies: IDAnomalies?
  /// The lowest and the highest value of all pairs; nil if there are none.
  package private(set) var values: ClosedRange<Float>?
  /// The number of values equal to -1, and of values below 0.
  package private(set) var minusOneCount = 0
  package private(set) var negativeCount = 0
  /// The number of values of 0 or below.
  package private(set) var noPlayCount = 0
  /// The plausibility of the times in each file of ratings that has any, by file name.
  package var times: [(file: String, check: TimeCheck)] = []
  /// Sentences about columns that may not be as intended, each with the columns to specify instead.
  package var columnDoubts: [String] = []
  /// Sentences about anything else that may not be as intended.
  package var doubts: [String] = []
  /// The names in messages of files without ratings, items or faulty lines.
  package var filesWithoutRows: [String] = []
  /// The files that had been added to the store's ratings before, and when; they were skipped.
  package var filesAddedBefore: [(file: String, date: String)] = []
  /// The number of records skipped because their users were forgotten.
  package var skippedCount = 0
  /// The number of forgotten users who were readmitted.
  package var readmittedCount = 0

  /// The number of records of ratings read.
  package var recordCount: Int { ratingsFiles.reduce(0) { $0 + $1.lines.records } }

  /// Updates the value statistics.
  mutating func note(_ values: [Float]) {
    guard let lowest = values.min(), let highest = values.max() else { return }
    self.values =
      self.values.map { min($0.lowerBound, lowest)...max($0.upperBound, highest) }
      ?? lowest...highest
    guard lowest <= 0 else { return }
    noPlayCount += values.count { $0 <= 0 }
    minusOneCount += values.count { $0 == -1 }
    negativeCount += values.count { $0 < 0 }
  }

  /// Throws unless every record of ratings and of items is accounted for.
  func requireBalance() throws(RatingsFileError) {
    let accounted = ratings.count + mergedCount + rejectedCount + skippedCount
    let itemRecords = itemsFiles.reduce(0) { $0 + $1.lines.records }
    guard accounted == recordCount, itemRecords == items.count + rejectedItemCount else {
      throw RatingsFileError(
        .miscounted,
        "\(recordCount) records of ratings and \(itemRecords) of items were read, but \(accounted) and "
          + "\(items.count + rejectedItemCount) are accounted for: nothing was imported",
        place: FilePlace(file: (ratingsFiles + itemsFiles).map(\.name).joined(separator: ", ")),
        remedy: "Please report this: it is a bug in Latent.")
    }
  }
}
