import Crypto
import Errors
package import Ratings

/// One file of ratings, open and with its layout found out.
package final class RatingsFile {
  /// nil when the file is empty.
  let layout: RatingsLayout?
  let input: InputFile
  /// Whether it was said which columns hold what; else that was found out.
  let columnsAreGiven: Bool
  /// Where the lines went, once they were read.
  package private(set) var tally: LineTally
  /// The first ratings, once they were read.
  private(set) var firstRatings: [Rating] = []
  /// How plausible the times are that were read.
  private(set) var times = TimeCheck()
  private let chunkSize: Int

  /// How many bytes of ids are gathered at the most before a batch is handed over, however few ratings
  /// that is.
  private static let textLimit = 64 << 20

  /// Opens the file at `path`, `-` being standard input, and finds out what `options` leave open. It is
  /// read in pieces of `chunkSize` bytes.
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

  /// Sentences about columns that were passed over and may hold the ratings or their times.
  var columnDoubts: [String] {
    let times = columnsAreGiven ? nil : layout?.doubtOfTimes.map { "\(input.name) \($0)" }
    return [ValuelessFile(self)?.doubt, times].compactMap(\.self)
  }

  /// Which columns were taken for what, in words; nil for an empty file.
  package var summary: String? { layout?.summary }

  /// SHA-256 of the text, whatever its compression, in hexadecimal. Afterwards the file stands at its
  /// beginning; what comes from a pipe is kept in a temporary file for that, of up to `spoolLimit` bytes.
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

  /// Looks at the ids of all lines that are good otherwise, and goes back to the beginning: what comes
  /// from a pipe is kept in a temporary file for that, of up to `spoolLimit` bytes. Throws for the first
  /// bad line unless `skippingBadLines`. Words for what is not known are ids where `takesWords`.
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

  /// Hands all ratings over in batches of at most `batchSize`, in the order of the lines. Bad lines go
  /// to `rejects`; without one the first of them is thrown. Memory is bounded by the batch and the
  /// longest line. `screen` looks at each good row, `anomalies` at its ids. Traps when the
  /// file was read before. Throws a ``RatingsFileError`` or what `body` throws.
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

  /// Throws where a key that first stands behind the file's beginning would have been taken for a column
  /// of ratings, had it stood there.
  private func requireKnownRoles(
    _ unknown: UnknownColumns, _ layout: RatingsLayout
  ) throws(RatingsFileError) {
    guard !columnsAreGiven, let key = unknown.keys.first(where: { layout.wouldTake($0.name) })
    else { return }
    let name = FieldText.shown(key.name, limit: 40)
    throw RatingsFileError(
      .unknownColumns,
      "the key \"\(name)\" first stands here, behind the beginning of the file, from which its columns "
        + "are found out: it was not read, and nothing was imported",
      place: FilePlace(file: input.name, line: key.line),
      remedy:
        "Give the first object all keys, with null where there is nothing; or say which hold what, if "
        + "\"\(name)\" is none of them: \(FileContent.ratings.namesToFill).")
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
