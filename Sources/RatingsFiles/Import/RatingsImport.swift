import Errors
package import Ratings

/// An import of files of ratings and of items into a store: all or nothing.
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
    package var options: ItemsFileOptions
    /// nil to detect the layout.
    package var layout: ItemsLayout?

    package init(
      path: String, options: ItemsFileOptions = ItemsFileOptions(), layout: ItemsLayout? = nil
    ) {
      self.path = path
      self.options = options
      self.layout = layout
    }
  }

  /// The progress of an import.
  package struct Progress: Equatable, Sendable {
    /// The number of ratings read so far, and of merged ratings written.
    package var readCount: Int
    package var writtenCount: Int
    /// The fraction of the bytes read, 0 to 1; nil if any of the files is a pipe.
    package var share: Double?
  }

  package var ratings: [RatingsInput]
  package var items: [ItemsInput]
  /// The id types; nil uses the store's. If the store has none yet, the type is integer if every id in the
  /// files is one, else text.
  package var userType: IdentifierType?
  package var itemType: IdentifierType?
  /// The scale to fix in the store, if given.
  package var scale: RatingScale?
  /// The kind of feedback; nil uses the store's, or, if that is not fixed, what the files suggest.
  package var feedback: Feedback?
  /// The rule for repeated pairs; nil keeps the newest rating, or counts them if the feedback is implicit and
  /// without values.
  package var repeats: RepeatRule?
  /// The file for faulty lines of ratings once the import is done; those of items go to a file with `.items`
  /// appended to the name. nil stops at the first faulty line.
  package var rejectsPath: String?
  /// The maximum number of bytes of a pipe to keep in a temporary file, if it must be read twice.
  package var spoolLimit = 4 << 30
  /// Whether values are added to the store's values of the same pairs instead of replacing them. Files added
  /// before are then skipped.
  package var adds = false
  /// What happens to ratings by forgotten users.
  package var forgotten = ForgottenRule.refuse
  /// The number of ratings sorted at a time.
  package var sortedCount = 1 << 20
  /// The number of ratings written to the store at a time.
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

  /// Opens all files, infers the types of their ids, migrates `store`, and imports the files in one
  /// transaction: if this throws, nothing was written. Throws a ``RatingsFileError``, a `StoreError`, or what
  /// `progress` throws. Memory is bounded by the sort size and the longest line.
  package func run(
    into store: any RatingsStore, progress: (Progress) throws -> Void = { _ in }
  ) throws -> ImportOutcome {
    let files = try ImportFiles(self)
    var outcome = ImportOutcome()
    let types = try identifierTypes(
      files, settings: Self.settings(of: store), findings: &outcome)
    // A new store is not created for files that are rejected.
    try store.making { store in
      try store.write { writer in
        try write(files, types, by: writer, &outcome, progress)
        // At this point a failure still does no harm.
        try files.flushRejects()
      }
    }
    try files.showRejects()
    return outcome
  }

  /// Returns the settings of `store`. For a store of an older Latent, they only become known with its
  /// migration.
  private static func settings(of store: any RatingsStore) throws(StoreError) -> StoreSettings {
    do {
      return try store.settings()
    } catch {
      switch error.code {
      case .missing, .notMigrated: return StoreSettings()
      case .outdated: _ = try store.migrate()
      default: throw error
      }
    }
    return try store.settings()
  }

  /// Reads the files as ``run(into:progress:)`` does, but writes nothing. `store` is queried if it exists;
  /// lines that would be rejected are counted.
  package func preview(
    over store: any RatingsStore, progress: (Progress) throws -> Void = { _ in }
  ) throws -> ImportOutcome {
    let files = try ImportFiles(self)
    let settings = try Self.ifThere(else: StoreSettings()) { try store.settings() }
    let forgotten = try Self.ifThere(else: ForgottenUsers(key: nil, digests: [])) {
      try store.forgottenUsers()
    }
    var outcome = ImportOutcome()
    let types = try identifierTypes(files, settings: settings, findings: &outcome)
    let writer = PreviewWriter(store, settings, forgotten: forgotten)
    try write(files, types, by: writer, &outcome, progress)
    return outcome
  }

  /// Returns the result of `ask`, or `substitute` if the store does not exist or must be migrated.
  private static func ifThere<Answer>(
    else substitute: Answer, _ ask: () throws -> Answer
  ) throws -> Answer {
    do {
      return try ask()
    } catch let error as StoreError
      where [.missing, .notMigrated, .outdated].contains(error.code)
    {
      return substitute
    }
  }

  private func write(
    _ files: ImportFiles, _ types: (user: IdentifierType?, item: IdentifierType?),
    by writer: any RatingsWriter, _ outcome: inout ImportOutcome,
    _ progress: (Progress) throws -> Void
  ) throws {
    (outcome.userType, outcome.itemType) = types
    outcome.columnDoubts = files.ratings.flatMap(\.columnDoubts)
    if !files.ratings.isEmpty { try decideFeedback(files, writer, &outcome) }
    if let scale { try writer.fixScale(scale) }
    try writer.fixTypes(user: types.user, item: types.item)
    // Without types no line is valid; all that remains is to reject the faulty ones.
    let (userType, itemType) = (types.user ?? .text, types.item ?? .text)
    try importItems(files, itemType, writer, &outcome)
    try importRatings(files, (userType, itemType), writer, &outcome, progress)
    try outcome.requireBalance()
  }

  private func importItems(
    _ files: ImportFiles, _ type: IdentifierType, _ writer: any RatingsWriter,
    _ outcome: inout ImportOutcome
  ) throws {
    for file in files.items {
      try file.readItems(
        ids: IdentifierForm(type, isTold: itemType != nil), batchSize: 4096,
        rejects: files.itemRejects
      ) {
        outcome.items += try writer.upsert($0)
      }
      outcome.itemsFiles.append(
        ImportOutcome.FileReport(
          name: file.input.name, layout: file.layout?.summary, lines: file.tally))
      if file.tally.records == 0 { outcome.filesWithoutRows.append(file.input.name) }
      if let doubt = file.doubt { outcome.doubts.append(doubt) }
    }
    outcome.rejectedItemCount = files.itemRejects?.count ?? 0
    if let rejects = files.itemRejects, rejects.count > 0, outcome.items.count == 0 {
      throw noGoodLine(rejects, items.map(\.path))
    }
  }

  private func importRatings(
    _ files: ImportFiles, _ types: (user: IdentifierType, item: IdentifierType),
    _ writer: any RatingsWriter, _ outcome: inout ImportOutcome,
    _ progress: (Progress) throws -> Void
  ) throws {
    let screen = ForgottenScreen(try writer.forgottenUsers(), rule: forgotten)
    let anomalies = IdentifierAnomalies(userType: types.user, itemType: types.item)
    let sorter = RatingSorter(
      userType: types.user, itemType: types.item, rule: outcome.repeats,
      name: ratings.map(\.path).joined(separator: ", "))
    for file in files.ratings {
      if adds, let date = try dateOfAddition(of: file, writer) {
        outcome.filesAddedBefore.append((file.input.name, date))
        continue
      }
      try file.readRatings(
        users: IdentifierForm(types.user, isTold: userType != nil),
        items: IdentifierForm(types.item, isTold: itemType != nil), scale: writer.settings.scale,
        batchSize: sortedCount, rejects: files.rejects, screen: screen, anomalies: anomalies
      ) { batch in
        try sorter.add(batch)
        try progress(
          Progress(readCount: sorter.count, writtenCount: 0, share: files.shareRead))
      }
      outcome.ratingsFiles.append(
        ImportOutcome.FileReport(
          name: file.input.name, layout: file.layout?.summary, lines: file.tally,
          firstRatings: file.firstRatings))
      if file.tally.records == 0 { outcome.filesWithoutRows.append(file.input.name) }
      if file.times.range != nil { outcome.times.append((file.input.name, file.times)) }
    }
    (outcome.userAnomalies, outcome.itemAnomalies) = (anomalies.ofUsers, anomalies.ofItems)
    outcome.rejectedCount = files.rejects?.count ?? 0
    if let screen { try admit(screen, by: writer, &outcome) }
    if let rejects = files.rejects, rejects.count > 0, sorter.count + outcome.skippedCount == 0 {
      throw noGoodLine(rejects, ratings.map(\.path))
    }
    for file in files.ratings { try requirePlausibleTimes(file) }
    let readCount = sorter.count
    if let kind = outcome.feedback, readCount > 0 { try writer.fixFeedback(kind) }
    outcome.mergedCount = try sorter.finish(batchSize: batchSize) { batch in
      outcome.note(batch.values)
      outcome.ratings += try writer.write(batch, adds ? .adding : .replacing)
      try progress(
        Progress(
          readCount: readCount, writtenCount: outcome.ratings.count, share: files.shareRead))
    }
  }

  /// Returns when `file` was added before; otherwise records that it is added now.
  private func dateOfAddition(
    of file: RatingsFile, _ writer: any RatingsWriter
  ) throws -> String? {
    let digest = try file.digest(spoolLimit: spoolLimit)
    if let date = try writer.dateOfAddition(ofFile: digest) { return date }
    try writer.noteAddition(ofFile: digest)
    return nil
  }

  /// Decides the kind of feedback and the rule for repeats. Throws if the files can't be of the kind that the
  /// store holds.
  private func decideFeedback(
    _ files: ImportFiles, _ writer: any RatingsWriter, _ outcome: inout ImportOutcome
  ) throws {
    let layouts = files.ratings.compactMap(\.layout)
    // If some files have values, those without are of the same kind.
    let guess: Feedback? =
      layouts.isEmpty ? nil : layouts.contains { $0.feedback == .explicit } ? .explicit : .implicit
    // Counts of plays need no values; opinions do.
    if feedback != .implicit { try requireValues(in: files.ratings, writer) }
    guard let kind = feedback ?? writer.settings.feedback ?? guess else { return }
    outcome.feedback = kind
    if feedback == nil, kind == .explicit,
      let plays = files.ratings.first(where: {
        $0.layout?.feedback == .implicit && $0.layout?.value != nil
      })
    {
      throw RatingsFileError(
        .otherFeedback,
        "its values look like counts of plays, purchases or the like, but the store holds opinions: models would "
          + "treat both alike", place: FilePlace(file: plays.input.name),
        remedy:
          "Import them into a separate store, or, if they are opinions, specify explicit feedback."
      )
    }
    if feedback == nil, let guess, guess != kind, layouts.contains(where: { $0.value != nil }) {
      outcome.doubts.append(
        "the store holds \(kind) feedback, and the values look like \(guess) feedback: check that they "
          + "are of the same kind")
    }
    outcome.repeats =
      repeats ?? (kind == .implicit && layouts.allSatisfy { $0.value == nil } ? .count : .newest)
  }

  /// Throws if a file with detected columns has no value column, and would add ratings of 1 among others.
  /// Such a file probably does not hold ratings, and would replace existing ones.
  private func requireValues(
    in files: [RatingsFile], _ writer: any RatingsWriter
  ) throws {
    guard let valueless = files.lazy.compactMap({ ValuelessFile($0) }).first else { return }
    if files.contains(where: { $0.layout?.value != nil }) {
      throw valueless.refusal(because: "another of the files has")
    }
    let isRefused =
      switch writer.settings.feedback {
      case .implicit: false
      case .explicit: true
      case nil: try writer.hasValue(otherThan: 1)
      }
    if isRefused { throw valueless.refusal(because: "the store holds") }
  }

  /// Readmits the users found by `screen`, counts their skipped ratings, or throws because there are any.
  private func admit(
    _ screen: ForgottenScreen, by writer: any RatingsWriter, _ outcome: inout ImportOutcome
  ) throws {
    switch screen.rule {
    case .refuse:
      if let refusal = screen.refusal { throw refusal }
    case .skip:
      outcome.skippedCount = screen.rowCount
      if adds, screen.rowCount > 0 {
        outcome.doubts.append(
          "the files count as added, so the skipped ratings can't be added later, even if their users are "
            + "readmitted")
      }
    case .readmit:
      try writer.readmit(screen.users)
      outcome.readmittedCount = screen.users.count
    }
  }

  private func noGoodLine(_ rejects: RejectsFile, _ paths: [String]) -> RatingsFileError {
    RatingsFileError(
      .noGoodLine,
      (rejects.count == 1 ? "its only line is bad" : "all \(rejects.count) lines are bad")
        + ": nothing was imported",
      place: FilePlace(file: paths.joined(separator: ", ")),
      remedy: "Check that the file, its columns and its delimiter are the right ones"
        + (rejects.firstReason.map { ". The first error: \($0)" } ?? "."))
  }

  /// Throws if most of a file's times are implausible and their unit was guessed.
  private func requirePlausibleTimes(_ file: RatingsFile) throws(RatingsFileError) {
    guard let layout = file.layout, let column = layout.time, !layout.timeUnitIsGiven,
      file.times.isImplausible, let first = file.times.firstImplausible
    else { return }
    throw RatingsFileError(
      .badTime,
      "\(file.times.implausibleCount) of \(file.times.numberCount) times lie before 1990 or after "
        + "tomorrow, the first of them at \(first): nothing was imported",
      place: FilePlace(
        file: file.input.name, line: nil, column: column + 1, columnName: layout.header?[column]),
      remedy:
        "Specify their unit since 1970 (\(TimeUnit.list())), which is then taken as given, or the "
        + "columns without a time.")
  }

  /// Returns the id types: as requested, else the store's, else inferred from the files' ids, which takes a
  /// separate pass; nil if there are no ids.
  private func identifierTypes(
    _ files: ImportFiles, settings: StoreSettings, findings: inout ImportOutcome
  ) throws(RatingsFileError) -> (user: IdentifierType?, item: IdentifierType?) {
    let told = (user: userType == .text, item: itemType == .text)
    let userType = userType ?? settings.userType
    let itemType = itemType ?? settings.itemType
    if let userType, let itemType { return (userType, itemType) }
    var users = IdentifierSurvey()
    var items = IdentifierSurvey()
    for file in files.ratings {
      try file.survey(
        users: &users, items: &items, scale: scale ?? settings.scale, takesWords: told,
        skippingBadLines: rejectsPath != nil, spoolLimit: spoolLimit)
    }
    for file in files.items where itemType == nil {
      try file.survey(&items, skippingBadLines: rejectsPath != nil, spoolLimit: spoolLimit)
    }
    if userType == nil { findings.surveyedUsers = users }
    if itemType == nil { findings.surveyedItems = items }
    return (userType ?? users.type, itemType ?? items.type)
  }
}
