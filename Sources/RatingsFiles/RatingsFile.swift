import Errors
package import Ratings

/// One file of ratings, open and with its layout found out.
package final class RatingsFile {
  /// nil when the file is empty.
  let layout: RatingsLayout?
  let input: InputFile
  /// Whether it was said which columns hold what; else that was found out.
  let columnsAreGiven: Bool
  private let timeUnit: TimeUnit
  private let chunkSize: Int

  /// Opens the file at `path`, `-` being standard input, and finds out what `options` leave open. It is
  /// read in pieces of `chunkSize` bytes.
  package init(path: String, options: RatingsFileOptions, chunkSize: Int = 1 << 20)
    throws(RatingsFileError)
  {
    input = try InputFile(path: path)
    let sample = try FileSample(of: input)
    layout = try RatingsLayout(of: sample, options: options)
    guard layout != nil || sample.isEmpty else { throw sample.withoutRecord }
    columnsAreGiven = options.columns != nil
    timeUnit = options.timeUnit
    self.chunkSize = chunkSize
  }

  /// Looks at the ids of all lines that are good otherwise, and goes back to the beginning: what comes
  /// from a pipe is kept in a temporary file for that, of up to `spoolLimit` bytes. Throws for the first
  /// bad line unless `skippingBadLines`.
  func survey(
    users: inout IdentifierSurvey, items: inout IdentifierSurvey, scale: RatingScale?,
    skippingBadLines: Bool, spoolLimit: Int
  ) throws(RatingsFileError) {
    try input.makeRewindable(spoolLimit: spoolLimit)
    guard let layout, var rows = try rows(scale: scale) else { return }
    reading: while true {
      switch try rows.next() {
      case .row(let row):
        users.consider(rows.buffer.span, row.user) { rows.place(ofColumn: layout.user) }
        items.consider(rows.buffer.span, row.item) { rows.place(ofColumn: layout.item) }
      case .badLine(let error):
        if !skippingBadLines { throw error }
      case .end:
        break reading
      }
    }
    try input.rewind()
  }

  /// Hands all ratings over in batches of at most `batchSize`, in the order of the lines. Bad lines go
  /// to `rejects`; without one the first of them is thrown. Memory is bounded by the batch and the
  /// longest line. `screen` looks at each good row. Traps when the file was read before. Throws a
  /// ``RatingsFileError`` or what `body` throws.
  package func readRatings(
    userType: IdentifierType, itemType: IdentifierType, scale: RatingScale?, batchSize: Int,
    rejects: RejectsFile?, screen: ForgottenScreen? = nil,
    _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    precondition(input.bytesRead == 0, "the file was read before")
    guard let layout, var rows = try rows(scale: scale) else { return }
    try rejects?.begin(header: rows.headerLine, layout: layout)
    var gatherer = RatingGatherer(userType: userType, itemType: itemType)
    reading: while true {
      var problem: RatingsFileError?
      switch try rows.next() {
      case .row(let row):
        do throws(LineFault) {
          try gatherer.append(row, of: rows.buffer, layout)
          screen?.consider(gatherer.lastUser) { rows.place(ofColumn: layout.user) }
        } catch {
          problem = rows.error(for: error)
        }
      case .badLine(let error):
        problem = error
      case .end:
        break reading
      }
      if let problem {
        guard let rejects else { throw problem }
        try rows.setAside(in: rejects, because: problem)
      }
      if gatherer.count == batchSize { try body(gatherer.take()) }
    }
    if gatherer.count > 0 { try body(gatherer.take()) }
  }

  private func rows(scale: RatingScale?) throws(RatingsFileError) -> RatingRowReader? {
    guard let layout else { return nil }
    return try RatingRowReader(
      input, parser: RatingRowParser(layout: layout, timeUnit: timeUnit, scale: scale),
      chunkSize: chunkSize)
  }
}
