import Crypto
import Errors
package import Ratings

/// An open file of ratings with its layout.
package final class RatingsFile {
  /// nil if the file is empty.
  let layout: RatingsLayout?
  let input: InputFile
  /// Whether the columns were specified rather than detected.
  let columnsAreGiven: Bool
  /// The tally of lines, once they have been read.
  package private(set) var tally: LineTally
  /// The first ratings, once they have been read.
  private(set) var firstRatings: [Rating] = []
  /// The plausibility of the times read.
  private(set) var times = TimeCheck()
  private let chunkSize: Int

  /// The size of the gathered text ids, in bytes, at which a batch is passed on, however few its ratings.
  private static let textLimit = 64 << 20

  /// Opens the file at `path`, `-` for standard input, and detects what `options` leave open. Reads in chunks
  /// of `chunkSize` bytes.
  package init(path: String, options: RatingsFileOptions, chunkSize: Int = 1 << 20)
    throws(RatingsFileError)
  {
    input = try InputFile(path: path, encoding: options.dialect.encoding)
    let sample = try FileSample(of: input)
    layout = try RatingsLayout(of: sample, options: options)
    guard layout != nil || sample.linesWhenEmpty != nil else { throw sample.withoutRecord }
    tally = sample.linesWhenEmpty ?? LineTally()
    columnsAreGiven = options.columns != nil
    self.chunkSize = chunkSize
  }

  /// Sentences about unread columns that may hold the ratings or their times.
  var columnDoubts: [String] {
    let times = columnsAreGiven ? nil : layout?.doubtOfTimes.map { "\(input.name) \($0)" }
    return [ValuelessFile(self)?.doubt, times].compactMap(\.self)
  }

  /// A description of the columns' roles; nil for an empty file.
  package var summary: String? { layout?.summary }

  /// Returns the SHA-256 digest of the uncompressed text, in hexadecimal, and rewinds. Piped input is copied
  /// to a temporary file of up to `spoolLimit` bytes.
  func digest(spoolLimit: Int) throws(RatingsFileError) -> String {
    try input.makeRewindable(spoolLimit: spoolLimit)
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = try input.read(into: &buffer, at: 0, upTo: buffer.count)
      if count == 0 { break }
      hash.update(data: buffer[..<count])
    }
    try input.rewind()
    return hash.finalize().map { byte in
      String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
    }.joined()
  }

  /// Scans the ids of all lines that are otherwise valid, and rewinds. Piped input is copied to a temporary
  /// file of up to `spoolLimit` bytes. Throws for the first faulty line unless `skippingBadLines`. With
  /// `takesWords`, placeholders for missing values count as ids.
  func survey(
    users: inout IdentifierSurvey, items: inout IdentifierSurvey, scale: RatingScale?,
    takesWords: (user: Bool, item: Bool), skippingBadLines: Bool, spoolLimit: Int
  ) throws(RatingsFileError) {
    try input.makeRewindable(spoolLimit: spoolLimit)
    guard let layout else { return }
    try survey(
      records(layout), RatingRowParser(layout, scale: scale, takesWords: takesWords),
      users: &users, items: &items, skippingBadLines)
    try input.rewind()
  }

  private func survey(
    _ records: consuming some RecordSource, _ parser: RatingRowParser,
    users: inout IdentifierSurvey, items: inout IdentifierSurvey, _ skippingBadLines: Bool
  ) throws(RatingsFileError) {
    let layout = parser.layout
    var rows = RatingRowReader(records, parser)
    while true {
      switch try rows.next() {
      case .row(let row):
        users.consider(rows.buffer.span, row.user) { rows.place(ofColumn: layout.user) }
        items.consider(rows.buffer.span, row.item) { rows.place(ofColumn: layout.item) }
      case .badLine(let error):
        if !skippingBadLines { throw error }
      case .end:
        return try requireKnownRoles(rows.unknownColumns, layout)
      }
    }
  }

  /// Passes all ratings to `body` in batches of at most `batchSize`, in line order. Faulty lines go to
  /// `rejects`; if that is nil, the first one is thrown. Memory is bounded by the batch and the longest line.
  /// `screen` checks each valid row, `anomalies` its ids. Traps if the file was already read. Throws a
  /// ``RatingsFileError`` or what `body` throws.
  package func readRatings(
    users: IdentifierForm, items: IdentifierForm, scale: RatingScale?, batchSize: Int,
    rejects: RejectsFile?, screen: ForgottenScreen? = nil, anomalies: IdentifierAnomalies? = nil,
    _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    precondition(input.bytesRead == 0, "the file was read before")
    guard let layout else { return }
    let parser = RatingRowParser(
      layout, scale: scale,
      takesWords: (users.isTold && users.type == .text, items.isTold && items.type == .text))
    try read(
      records(layout), parser, RatingGatherer(users: users, items: items, layout),
      batchSize: batchSize,
      rejects: rejects, screen: screen, anomalies: anomalies, body)
  }

  private func read(
    _ records: consuming some RecordSource, _ parser: RatingRowParser,
    _ gatherer: consuming RatingGatherer, batchSize: Int, rejects: RejectsFile?,
    screen: ForgottenScreen?, anomalies: IdentifierAnomalies?,
    _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    let layout = parser.layout
    var rows = RatingRowReader(records, parser)
    try rejects?.begin(
      header: rows.headerLine, layout.format, columnCount: layout.columnCount,
      encoding: input.encoding)
    var times = TimeCheck()
    var values = ValueCheck()
    reading: while true {
      var problem: RatingsFileError?
      switch try rows.next() {
      case .row(let row):
        do throws(LineFault) {
          let forms = try gatherer.append(row, of: rows.buffer)
          let isForgotten =
            screen?.finds(gatherer.lastUser) { rows.place(ofColumn: layout.user) } ?? false
          if isForgotten, screen?.rule == .skip {
            gatherer.removeLast()
            continue reading
          }
          if !row.valueField.isEmpty {
            values.consider(row.value, rows.buffer.span, row.valueField, layout) {
              rows.place(ofColumn: layout.value ?? 0)
            }
          }
          if row.time != Timestamp.missing { times.consider(row.time, isDate: row.timeIsDate) }
          if row.timeIsZero { times.considerZero() }
          anomalies?.consider(rows.buffer, user: row.user, item: row.item, forms: forms)
        } catch {
          problem = rows.error(for: error)
        }
      case .badLine(let error):
        problem = error
      case .end:
        break reading
      }
      if let problem {
        values.considerRefused(problem)
        try rows.setAside(in: rejects, because: problem)
      }
      if gatherer.count == batchSize || gatherer.textByteCount > Self.textLimit {
        try hand(gatherer.take(), to: body)
      }
    }
    try requireKnownRoles(rows.unknownColumns, layout)
    if let doubt = values.doubt(layout) { throw doubt }
    if gatherer.count > 0 { try hand(gatherer.take(), to: body) }
    tally = rows.tally
    self.times = times
  }

  /// Throws if a key that first occurs after the sampled start of the file would have been taken for a column
  /// of ratings had it occurred there.
  private func requireKnownRoles(
    _ unknown: UnknownColumns, _ layout: RatingsLayout
  ) throws(RatingsFileError) {
    guard !columnsAreGiven, let key = unknown.keys.first(where: { layout.wouldTake($0.name) })
    else { return }
    let name = FieldText.shown(key.name, limit: 40)
    throw RatingsFileError(
      .unknownColumns,
      "the key \"\(name)\" first occurs here, not at the start of the file, where its columns "
        + "are detected: it was not read, and nothing was imported",
      place: FilePlace(file: input.name, line: key.line),
      remedy:
        "Give the first object all keys, with null for missing values; or, if \"\(name)\" is not "
        + "needed, specify the columns: \(FileContent.ratings.namesToFill).")
  }

  private func hand(
    _ batch: RatingBatch, to body: (borrowing RatingBatch) throws -> Void
  ) rethrows {
    if firstRatings.isEmpty { firstRatings = (0..<min(3, batch.count)).map { batch[$0] } }
    try body(batch)
  }

  private func records(_ layout: RatingsLayout) throws(RatingsFileError) -> any RecordSource {
    try layout.format.records(
      of: input, columns: layout.header, needed: layout.roles.positions,
      single: layout.roles.positions, doubtedColumnCount: layout.doubtedColumnCount,
      chunkSize: chunkSize)
  }
}
