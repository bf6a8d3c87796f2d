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
    package var options: ItemsFileOptions
    /// nil when it is to be found out.
    package var layout: ItemsLayout?

    package init(
      path: String, options: ItemsFileOptions = ItemsFileOptions(), layout: ItemsLayout? = nil
    ) {
      self.path = path
      self.options = options
      self.layout = layout
    }
  }

  /// How far an import is.
  package struct Progress: Equatable, Sendable {
    /// Ratings read so far, and how many of those their pairs come to were written.
    package var readCount: Int
    package var writtenCount: Int
    /// The share of the bytes that were read, 0 to 1; nil while there is a pipe among the files.
    package var share: Double?
  }

  package var ratings: [RatingsInput]
  package var items: [ItemsInput]
  /// The types of ids; nil takes the store's, and if it has none yet, integer when every id of the
  /// files is written as an integer, else text.
  package var userType: IdentifierType?
  package var itemType: IdentifierType?
  /// Set for the store, when it is given.
  package var scale: RatingScale?
  /// What the ratings say; nil takes what the store holds, and if that is not fixed, what the files look
  /// like.
  package var feedback: Feedback?
  /// What repeats of a pair become; nil is the newest, and their count where the feedback is implicit and
  /// there are no values.
  package var repeats: RepeatRule?
  /// Where bad lines of ratings go, once all is done, and those of items, to a file of this name with
  /// `.items` behind it; nil stops at the first one.
  package var rejectsPath: String?
  /// How many bytes of a pipe are kept in a temporary file at the most, where it must be read twice.
  package var spoolLimit = 4 << 30
  /// Whether values are added to those that the store has of the same pairs, instead of taking their place;
  /// files that were added before are left out.
  package var adds = false
  /// What becomes of ratings by people who were forgotten.
  package var forgotten = ForgottenRule.refuse
  /// Ratings sorted at a time.
  package var sortedCount = 1 << 20
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

  /// Opens all files, finds out the types of their ids, brings the schema of `store` up to date, and reads the
  /// files into it in one transaction: when this throws, nothing was written. Throws a ``RatingsFileError``, a `StoreError`,
  /// or what `progress` throws. Memory is bounded by what is sorted at a time and the longest line.
  package func run(
    into store: any RatingsStore, progress: (Progress) throws -> Void = { _ in }
  ) throws -> ImportOutcome {
    let files = try ImportFiles(self)
    var outcome = ImportOutcome()
    let types = try identifierTypes(
      files, settings: Self.settings(of: store), findings: &outcome)
    // A store that is not there yet is not made for files that are refused.
    try store.making { store in
      try store.write { writer in
        try write(files, types, by: writer, &outcome, progress)
        // While it can still fail without harm.
        try files.flushRejects()
      }
    }
    try files.showRejects()
    return outcome
  }

  /// The settings of `store`; those of an older Latent's come out when it is brought up to date.
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

  /// Reads the files as ``run(into:progress:)`` does, and writes nothing: neither to `store`, which is
  /// asked if it is there, nor bad lines, which are counted where they would be set aside.
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

  /// What `ask` returns, or `substitute` where there is no store yet, or one to be migrated.
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
    // Without types there is no good line: what is left to do is to set the bad ones aside.
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

  /// When `file` was added before; else keeps that it is added now.
  private func dateOfAddition(
    of file: RatingsFile, _ writer: any RatingsWriter
  ) throws -> String? {
    let digest = try file.digest(spoolLimit: spoolLimit)
    if let date = try writer.dateOfAddition(ofFile: digest) { return date }
    try writer.noteAddition(ofFile: digest)
    return nil
  }

  /// Decides what the ratings say and what repeats become. Throws where the store holds other ratings than
  /// the files can be.
  private func decideFeedback(
    _ files: ImportFiles, _ writer: any RatingsWriter, _ outcome: inout ImportOutcome
  ) throws {
    let layouts = files.ratings.compactMap(\.layout)
    // Where some files have values, those without come to the same kind.
    let guess: Feedback? =
      layouts.isEmpty ? nil : layouts.contains { $0.feedback == .explicit } ? .explicit : .implicit
    // Plays come to what they come to; opinions have values.
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
        "its values look like counts of plays, purchases or the like, and the store holds opinions: models would "
          + "take both for the same", place: FilePlace(file: plays.input.name),
        remedy:
          "Import them into a store of their own, or say that they are opinions: explicit feedback."
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

  /// Throws where a file whose columns were found out has none of values, and would be ratings of 1
  /// among others: it is likely not a file of ratings, and would replace what is there.
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

  /// Takes back those whom `screen` found, counts what was left out of theirs, or throws that there are such.
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
          "the files count as added, so that what was left out of them can't be added later, whoever is "
            + "taken back")
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
      remedy: "It is likely another file that is meant, or other columns or another delimiter"
        + (rejects.firstReason.map { ". The first: \($0)" } ?? "."))
  }

  /// Throws where most of a file's times can't be right and their unit was guessed.
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
        "Say what they count since 1970 (\(TimeUnit.list())), which is then taken as it is, or name the "
        + "columns without a time.")
  }

  /// The types of ids as they were asked for, or the store's, or else what the files' ids turn out to
  /// be, which takes a reading of its own; nil where there is none.
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
