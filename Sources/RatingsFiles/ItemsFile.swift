import Ratings

/// One file of items, open and with its layout found out.
final class ItemsFile {
  let input: InputFile
  /// nil when the file is empty.
  private let layout: ItemsLayout?
  private let chunkSize: Int

  /// Opens the file at `path`. Its layout is found out unless it is given.
  init(path: String, layout: ItemsLayout?, chunkSize: Int = 1 << 18) throws(RatingsFileError) {
    input = try InputFile(path: path)
    let sample = try FileSample(of: input)
    self.layout = if let layout { layout } else { try ItemsLayout(of: sample) }
    guard self.layout != nil || sample.isEmpty else { throw sample.withoutRecord }
    self.chunkSize = chunkSize
  }

  /// Looks at all ids and goes back to the beginning; what comes from a pipe is kept in a temporary file
  /// for that, of up to `spoolLimit` bytes.
  func survey(_ items: inout IdentifierSurvey, spoolLimit: Int) throws(RatingsFileError) {
    try input.makeRewindable(spoolLimit: spoolLimit)
    guard let layout else { return }
    var rows = try ItemRowReader(input, layout, chunkSize: chunkSize)
    while try rows.next() { items.consider(rows.buffer.span, rows.id) { rows.placeOfID } }
    try input.rewind()
  }

  /// Hands all items over in batches of at most `batchSize`, in the order of the lines. Throws for the
  /// first bad line. Traps when the file was read before.
  func readItems(
    idType: IdentifierType, batchSize: Int, _ body: ([Item]) throws -> Void
  ) throws {
    precondition(input.bytesRead == 0, "the file was read before")
    guard let layout else { return }
    var rows = try ItemRowReader(input, layout, chunkSize: chunkSize)
    var batch: [Item] = []
    while try rows.next() {
      batch.append(try rows.item(idType: idType))
      if batch.count == batchSize {
        try body(batch)
        batch.removeAll(keepingCapacity: true)
      }
    }
    if !batch.isEmpty { try body(batch) }
  }
}
