import Errors
package import Ratings

/// An open file of items with its layout.
package final class ItemsFile {
  let input: InputFile
  /// nil if the file is empty.
  let layout: ItemsLayout?
  /// The tally of lines, once they have been read.
  package private(set) var tally: LineTally
  /// Keys that first occur after the sampled start of the file, and so were not read.
  private(set) var unknownColumns = UnknownColumns()
  /// Whether the columns were specified rather than detected.
  private let columnsAreGiven: Bool
  private let chunkSize: Int

  /// Opens the file at `path`. Detects what `options` leave open, unless the whole layout is given;
  /// `ratingsColumn` is the name of the item column in the import's files of ratings.
  package init(
    path: String, options: ItemsFileOptions = ItemsFileOptions(), layout: ItemsLayout? = nil,
    ratingsColumn: String? = nil, chunkSize: Int = 1 << 18
  ) throws(RatingsFileError) {
    input = try InputFile(path: path, encoding: options.dialect.encoding)
    let sample = try FileSample(of: input)
    self.layout =
      if let layout { layout } else {
        try ItemsLayout(of: sample, options: options, ratingsColumn: ratingsColumn)
      }
    guard self.layout != nil || sample.linesWhenEmpty != nil else { throw sample.withoutRecord }
    tally = sample.linesWhenEmpty ?? LineTally()
    columnsAreGiven = layout != nil || options.columns != nil
    self.chunkSize = chunkSize
  }

  /// A warning about the file once it was read: keys were skipped that nobody excluded. nil without such
  /// keys.
  var doubt: String? { columnsAreGiven ? nil : unknownColumns.doubt(file: input.name) }

  /// Scans all ids and rewinds. Piped input is copied to a temporary file of up to `spoolLimit` bytes. Throws
  /// for the first faulty line unless `skippingBadLines`.
  func survey(
    _ items: inout IdentifierSurvey, skippingBadLines: Bool, spoolLimit: Int
  ) throws(RatingsFileError) {
    try input.makeRewindable(spoolLimit: spoolLimit)
    guard let layout else { return }
    try survey(records(layout), layout, &items, skippingBadLines)
    try input.rewind()
  }

  private func survey(
    _ records: consuming some RecordSource, _ layout: ItemsLayout,
    _ items: inout IdentifierSurvey, _ skippingBadLines: Bool
  ) throws(RatingsFileError) {
    // With a given type there is no survey.
    var rows = ItemRowReader(records, layout, takesWords: false)
    while true {
      switch try rows.next() {
      case .row(let id):
        items.consider(rows.buffer.span, id) { rows.placeOfID }
      case .badLine(let error):
        if !skippingBadLines { throw error }
      case .end:
        return
      }
    }
  }

  /// Passes all items to `body` in batches of at most `batchSize`, in line order. Faulty lines go to
  /// `rejects`; if that is nil, the first one is thrown. Traps if the file was already read.
  package func readItems(
    ids: IdentifierForm, batchSize: Int, rejects: RejectsFile?, _ body: ([Item]) throws -> Void
  ) throws {
    precondition(input.bytesRead == 0, "the file was read before")
    guard let layout else { return }
    try read(records(layout), layout, ids, batchSize, rejects, body)
  }

  private func read(
    _ records: consuming some RecordSource, _ layout: ItemsLayout, _ ids: IdentifierForm,
    _ batchSize: Int, _ rejects: RejectsFile?, _ body: ([Item]) throws -> Void
  ) throws {
    var rows = ItemRowReader(
      records, layout, takesWords: ids.isTold && ids.type == .text)
    try rejects?.begin(
      header: rows.headerLine, layout.format, columnCount: layout.columnCount,
      encoding: input.encoding)
    var batch: [Item] = []
    reading: while true {
      var problem: RatingsFileError?
      switch try rows.next() {
      case .row:
        do throws(LineFault) { batch.append(try rows.item(idForm: ids)) } catch {
          problem = rows.error(for: error)
        }
      case .badLine(let error):
        problem = error
      case .end:
        break reading
      }
      if let problem { try rows.setAside(in: rejects, because: problem) }
      if batch.count == batchSize {
        try body(batch)
        batch.removeAll(keepingCapacity: true)
      }
    }
    if !batch.isEmpty { try body(batch) }
    tally = rows.tally
    unknownColumns = rows.unknownColumns
  }

  private func records(_ layout: ItemsLayout) throws(RatingsFileError) -> any RecordSource {
    try layout.format.records(
      of: input, columns: layout.header, needed: layout.read,
      single: [layout.id] + [layout.title].compactMap(\.self),
      doubtedColumnCount: layout.doubtedColumnCount, chunkSize: chunkSize)
  }
}
