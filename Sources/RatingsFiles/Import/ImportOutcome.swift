import Errors
package import Ratings

/// What an import did, or would do.
package struct ImportOutcome: Sendable {
  /// How a file was read.
  package struct FileReport: Equatable, Sendable {
    /// The file as messages name it.
    package var name: String
    /// Which of its columns were taken for what; nil for an empty file.
    package var layout: String?
    /// Where its lines went.
    package var lines: LineTally
    /// The first of its ratings.
    package var firstRatings: [Rating] = []
  }

  package var ratings = WriteTally()
  package var items = WriteTally()
  /// Records of ratings that went up in another of the same pair.
  package var mergedCount = 0
  /// What repeats of a pair became.
  package var repeats = RepeatRule.newest
  /// Lines of ratings, and of items, that were set aside.
  package var rejectedCount = 0
  package var rejectedItemCount = 0
  /// The files of ratings and those of items, in their order.
  package var ratingsFiles: [FileReport] = []
  package var itemsFiles: [FileReport] = []
  /// The types that ids are of; nil when there was none to be stored.
  package var userType: IdentifierType?
  package var itemType: IdentifierType?
  /// What the ratings say; nil when there was none.
  package var feedback: Feedback?
  /// What the ids turned out to be, where that was found out from the files.
  package var surveyedUsers: IdentifierSurvey?
  package var surveyedItems: IdentifierSurvey?
  /// What is odd about ids that are texts.
  package var userAnomalies: IDAnomalies?
  package var itemAnomalies: IDAnomalies?
  /// The lowest and the highest value of all pairs; nil without any.
  package private(set) var values: ClosedRange<Float>?
  /// How many values are -1, and how many are below 0.
  package private(set) var minusOneCount = 0
  package private(set) var negativeCount = 0
  /// How many values are 0 or below.
  package private(set) var noPlayCount = 0
  /// How plausible the times are, for each file of ratings that has any, by its name.
  package var times: [(file: String, check: TimeCheck)] = []
  /// Sentences about columns that may not be as they were meant, and which ones to say.
  package var columnDoubts: [String] = []
  /// Sentences about what else may not be as it was meant.
  package var doubts: [String] = []
  /// The files that hold neither a rating nor an item nor a bad line, as messages name them.
  package var filesWithoutRows: [String] = []
  /// The files that were added to the store's ratings before, and when: nothing came from them.
  package var filesAddedBefore: [(file: String, date: String)] = []
  /// How many records were left out because their people were forgotten.
  package var skippedCount = 0
  /// How many people were taken back who had been forgotten.
  package var readmittedCount = 0

  /// How many records of ratings were read.
  package var recordCount: Int { ratingsFiles.reduce(0) { $0 + $1.lines.records } }

  /// Takes values into account.
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

  /// Throws unless every record of ratings, and every one of items, is accounted for.
  func requireBalance() throws(RatingsFileError) {
    let accounted = ratings.count + mergedCount + rejectedCount + skippedCount
    let itemRecords = itemsFiles.reduce(0) { $0 + $1.lines.records }
    guard accounted == recordCount, itemRecords == items.count + rejectedItemCount else {
      throw RatingsFileError(
        .miscounted,
        "\(recordCount) records of ratings and \(itemRecords) of items were read, and \(accounted) and "
          + "\(items.count + rejectedItemCount) are accounted for: nothing was imported",
        place: FilePlace(file: (ratingsFiles + itemsFiles).map(\.name).joined(separator: ", ")),
        remedy: "Please report this: it is a mistake of Latent's.")
    }
  }
}
