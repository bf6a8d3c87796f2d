import Errors
package import Ratings

/// Brings files of ratings and of items into a store: all of them or nothing.
package struct RatingsImport: Sendable {
  /// A file of ratings to read; the path `-` is standard input.
  package struct RatingsInput: Equatable, Sendable {
    package var path: String
    package var options: RatingsFileOptions

    package init(path: String, options: RatingsFileOptions = RatingsFileOptions()) {
      self.path = path
      self.options = options
    }
  }

  /// A file of items to read.
  package struct ItemsInput: Equatable, Sendable {
    package var path: String
    /// nil when it is to be found out.
    package var layout: ItemsLayout?

    package init(path: String, layout: ItemsLayout? = nil) {
      self.path = path
      self.layout = layout
    }
  }

  /// How far an import is.
  package struct Progress: Equatable, Sendable {
    /// Ratings written so far.
    package var ratingCount: Int
    /// The share of the bytes that were read, 0 to 1; nil while there is a pipe among the files.
    package var share: Double?
  }

  /// What an import did.
  package struct Outcome: Equatable, Sendable {
    package var ratings = WriteTally()
    package var items = WriteTally()
    /// Lines that were set aside.
    package var rejectedCount = 0
    /// For each file of ratings that holds any line, which of its columns were taken for what.
    package var layouts: [String] = []
    /// The types that ids are of; nil when there was none to be stored.
    package var userType: IdentifierType?
    package var itemType: IdentifierType?
    /// What the ids turned out to be, where that was found out from the files.
    package var surveyedUsers: IdentifierSurvey?
    package var surveyedItems: IdentifierSurvey?
    /// Of files without a column of values, each a sentence that says what else may hold them.
    package var doubts: [String] = []
    /// The files that hold neither a rating nor an item nor a bad line, as messages name them.
    package var filesWithoutRows: [String] = []
    /// How many people were taken back who had been forgotten.
    package var readmittedCount = 0
  }

  package var ratings: [RatingsInput]
  package var items: [ItemsInput]
  /// The types of ids; nil takes the store's, and if it has none yet, integer when every id of the
  /// files is written as an integer, else text.
  package var userType: IdentifierType?
  package var itemType: IdentifierType?
  /// Set for the store, when it is given.
  package var scale: RatingScale?
  /// Where bad lines of ratings go, once all is done; nil stops at the first one.
  package var rejectsPath: String?
  /// How many bytes of a pipe are kept in a temporary file at the most, where it must be read twice.
  package var spoolLimit = 4 << 30
  /// Whether people who were forgotten are taken back; else files with ratings of theirs are refused.
  package var readmitsForgotten = false
  /// Ratings handed to the store at a time.
  package var batchSize = RatingBatch.usualCount

  package init(
    ratings: [RatingsInput], items: [ItemsInput] = [], userType: IdentifierType? = nil,
    itemType: IdentifierType? = nil, scale: RatingScale? = nil, rejectsPath: String? = nil
  ) {
    self.ratings = ratings
    self.items = items
    self.userType = userType
    self.itemType = itemType
    self.scale = scale
    self.rejectsPath = rejectsPath
  }

  /// Opens all files, brings the schema of `store` up to date, and reads the files into it in one
  /// transaction: when this throws, nothing was written. Throws a ``RatingsFileError``, a `StoreError`,
  /// or what `progress` throws. Memory is bounded by the batch and the longest line.
  package func run(
    into store: any RatingsStore, progress: (Progress) throws -> Void = { _ in }
  ) throws -> Outcome {
    let ratingsFiles = try ratings.map { try RatingsFile(path: $0.path, options: $0.options) }
    let itemsFiles = try items.map { try ItemsFile(path: $0.path, layout: $0.layout) }
    let rejects = try rejectsPath.map {
      try RejectsFile(path: $0, apartFrom: ratings.map(\.path) + items.map(\.path))
    }
    _ = try store.migrate()
    var outcome = Outcome()
    let types = try identifierTypes(
      ratingsFiles, itemsFiles, settings: store.settings(), findings: &outcome)
    (outcome.userType, outcome.itemType) = (types?.user, types?.item)
    outcome.layouts = ratingsFiles.compactMap { file in
      file.layout.map { "\(file.input.name): \($0.summary)" }
    }
    outcome.doubts = ratingsFiles.compactMap { ValuelessFile($0)?.doubt }
    try store.write { writer in
      try requireValues(in: ratingsFiles, writer)
      if let scale { try writer.fixScale(scale) }
      if let types { try writer.fixTypes(user: types.user, item: types.item) }
      // Without types there is no good line: what is left to do is to set the bad ones aside.
      let (userType, itemType) = types ?? (.text, .text)
      for file in itemsFiles {
        let countBefore = outcome.items.count
        try file.readItems(idType: itemType, batchSize: 4096) {
          outcome.items += try writer.upsert($0)
        }
        if outcome.items.count == countBefore { outcome.filesWithoutRows.append(file.input.name) }
      }
      let screen = ForgottenScreen(try writer.forgottenUsers())
      var ratingCount = 0
      for file in ratingsFiles {
        let countBefore = ratingCount + (rejects?.count ?? 0)
        try file.readRatings(
          userType: userType, itemType: itemType, scale: writer.settings.scale,
          batchSize: batchSize, rejects: rejects, screen: screen
        ) { batch in
          // Those who come are counted to the end before they are refused.
          guard readmitsForgotten || screen?.rowCount ?? 0 == 0 else { return }
          outcome.ratings += try writer.upsert(batch)
          ratingCount += batch.count
          try progress(
            Progress(ratingCount: ratingCount, share: Self.shareRead(of: ratingsFiles)))
        }
        if ratingCount + (rejects?.count ?? 0) == countBefore {
          outcome.filesWithoutRows.append(file.input.name)
        }
      }
      if let screen { try admit(screen, by: writer, &outcome) }
      if let rejects, rejects.count > 0, ratingCount == 0 { throw noGoodLine(rejects) }
      // While it can still fail without harm.
      try rejects?.flush()
    }
    try rejects?.appear()
    outcome.rejectedCount = rejects?.count ?? 0
    return outcome
  }

  /// Takes back those whom `screen` found, or throws that there are such.
  private func admit(
    _ screen: ForgottenScreen, by writer: any RatingsWriter, _ outcome: inout Outcome
  ) throws {
    if !readmitsForgotten, let refusal = screen.refusal { throw refusal }
    try writer.readmit(screen.users)
    outcome.readmittedCount = screen.users.count
  }

  /// Throws where a file whose columns were found out has none of values, and would be ratings of 1
  /// among others: it is likely not a file of ratings, and would replace what is there.
  private func requireValues(
    in files: [RatingsFile], _ writer: any RatingsWriter
  ) throws {
    guard let valueless = files.lazy.compactMap({ ValuelessFile($0) }).first else { return }
    if files.contains(where: { $0.layout?.value != nil }) {
      throw valueless.refusal(because: "another of the files has")
    }
    if try writer.hasValue(otherThan: 1) { throw valueless.refusal(because: "the store holds") }
  }

  /// That all there was to import were bad lines.
  private func noGoodLine(_ rejects: RejectsFile) -> RatingsFileError {
    RatingsFileError(
      .noGoodLine,
      (rejects.count == 1 ? "its only line is bad" : "all \(rejects.count) lines are bad")
        + ": nothing was imported",
      place: FilePlace(file: ratings.map(\.path).joined(separator: ", ")),
      remedy: "It is likely another file that is meant, or other columns or another delimiter"
        + (rejects.firstReason.map { ". The first: \($0)" } ?? "."))
  }

  /// The types of ids as they were asked for, or the store's, or else what the files' ids turn out to
  /// be, which takes a reading of its own; nil when the files hold nothing to be stored.
  private func identifierTypes(
    _ ratingsFiles: [RatingsFile], _ itemsFiles: [ItemsFile], settings: StoreSettings,
    findings: inout Outcome
  ) throws(RatingsFileError) -> (user: IdentifierType, item: IdentifierType)? {
    let userType = userType ?? settings.userType
    let itemType = itemType ?? settings.itemType
    if let userType, let itemType { return (userType, itemType) }
    var users = IdentifierSurvey()
    var items = IdentifierSurvey()
    for file in ratingsFiles {
      try file.survey(
        users: &users, items: &items, scale: scale ?? settings.scale,
        skippingBadLines: rejectsPath != nil, spoolLimit: spoolLimit)
    }
    for file in itemsFiles { try file.survey(&items, spoolLimit: spoolLimit) }
    if userType == nil { findings.surveyedUsers = users }
    if itemType == nil { findings.surveyedItems = items }
    guard let itemType = itemType ?? items.type else { return nil }
    guard let userType = userType ?? users.type else {
      guard items.type != nil else { return nil }
      throw RatingsFileError(
        .badRequest, "items, and no rating that shows what the users' ids are",
        place: FilePlace(file: "the files"),
        remedy: "Import ratings along with them, or say the type of the users' ids.")
    }
    return (userType, itemType)
  }

  private static func shareRead(of files: [RatingsFile]) -> Double? {
    var size = 0
    for file in files {
      guard let fileSize = file.input.size else { return nil }
      size += fileSize
    }
    return size == 0 ? nil : Double(files.reduce(0) { $0 + $1.input.bytesRead }) / Double(size)
  }
}
