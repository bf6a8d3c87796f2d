import Errors
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

/// Reads a file of items row by row; a bad line ends it.
struct ItemRowReader {
  private var records: RecordReader
  private let layout: ItemsLayout

  /// Reads on from where `input` stands: its beginning.
  init(_ input: InputFile, _ layout: ItemsLayout, chunkSize: Int) throws(RatingsFileError) {
    self.layout = layout
    records = try RecordReader(input, delimiter: layout.delimiter, chunkSize: chunkSize)
    if layout.header != nil { _ = try records.next() }
  }

  /// Where ``id`` is.
  var buffer: [UInt8] { records.bytes }

  /// The id of the current row, good as text.
  var id: Range<Int> { records.fields[layout.id] }

  /// Where the id of the current row is in the file.
  var placeOfID: FilePlace {
    FilePlace(
      file: records.input.name, line: records.line, position: layout.id, header: layout.header)
  }

  /// Goes to the next row and returns whether there is one. Throws when its columns can't be told
  /// apart, are too many or too few, or when its id is not good as text.
  mutating func next() throws(RatingsFileError) -> Bool {
    switch try records.next() {
    case .end:
      return false
    case .fault(let fault):
      throw error(for: fault)
    case .record:
      guard records.fields.count == layout.columnCount else {
        throw error(
          for: LineFault(
            code: .columnCount,
            problem: "\(records.fields.count) columns instead of \(layout.columnCount)",
            remedy: "Give each line the columns of the first, and quote those that hold "
              + "\"\(layout.delimiter)\"."))
      }
      if let fault = FieldText.identifierFault(records.bytes.span, id) {
        throw error(for: fault, column: layout.id)
      }
      return true
    }
  }

  /// The item in the current row. Throws when its id is not of the type or a text is bad.
  func item(idType: IdentifierType) throws(RatingsFileError) -> Item {
    var item = Item(id: try itemID(idType))
    if let title = layout.title {
      let text = try text(title)
      if !text.isEmpty { item.title = text }
    }
    for attribute in layout.attributes {
      let text = try text(attribute.position)
      let values = attribute.isList ? text.split(separator: "|").map(String.init) : [text]
      for value in values where !value.isEmpty && value != "(no genres listed)" {
        item.attributes.append(ItemAttribute(name: attribute.name, value: value))
      }
    }
    for flag in layout.flags where try isSet(flag) {
      item.attributes.append(ItemAttribute(name: flag.name, value: flag.value))
    }
    return item
  }

  private func itemID(_ type: IdentifierType) throws(RatingsFileError) -> ItemID {
    let bytes = records.bytes.span
    switch type {
    case .integer:
      guard let integer = DecimalNumber.integer(bytes, id) else {
        throw error(for: .notAnInteger(bytes, id), column: layout.id)
      }
      return ItemID(integer)
    case .text:
      guard let text = FieldText.decoded(bytes, id) else {
        throw error(for: .notUTF8, column: layout.id)
      }
      return ItemID(text)
    }
  }

  private func text(_ column: Int) throws(RatingsFileError) -> String {
    let bytes = records.bytes.span
    let field = records.fields[column]
    guard let fault = FieldText.textFault(bytes, field) else {
      return FieldText.decoded(bytes, field) ?? ""
    }
    guard fault == .notUTF8, layout.encoding == .utf8OrLatin1 else {
      throw error(for: fault, column: column)
    }
    return FieldText.decodedAsLatin1(bytes, field)
  }

  private func isSet(_ flag: ItemsLayout.FlagColumn) throws(RatingsFileError) -> Bool {
    let bytes = records.bytes.span
    let field = records.fields[flag.position]
    if field.count == 1, bytes[field.lowerBound] == UInt8(ascii: "0") { return false }
    if field.count == 1, bytes[field.lowerBound] == UInt8(ascii: "1") { return true }
    throw error(
      for: LineFault(
        code: .notANumber, problem: "\(FieldText.quoted(bytes, field)) is neither 0 nor 1",
        remedy: "Say by 1 or 0 whether the film is of the genre \(flag.value)."),
      column: flag.position)
  }

  private func error(for fault: LineFault, column: Int? = nil) -> RatingsFileError {
    var fault = fault
    if let column { fault.column = column }
    return RatingsFileError(
      fault.code, fault.problem,
      place: FilePlace(
        file: records.input.name, line: records.line(of: fault), position: fault.column,
        header: layout.header),
      remedy: fault.remedy)
  }
}
