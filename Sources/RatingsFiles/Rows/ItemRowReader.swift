import Errors
import Ratings

/// Reads a file of items row by row, bad lines among them.
struct ItemRowReader<Records: RecordSource> {
  /// What ``next()`` came upon.
  enum Event {
    /// An item, whose id is still bytes of ``buffer``, good as text.
    case row(id: Range<Int>)
    case badLine(RatingsFileError)
    case end
  }

  /// The line that names the columns, as it stands in the file, when there is one.
  let headerLine: [UInt8]?
  private var records: Records
  private let layout: ItemsLayout

  /// Reads what is left of `records`, which came behind `headerLine`.
  init(_ records: Records, behind headerLine: [UInt8]?, _ layout: ItemsLayout) {
    self.records = records
    self.headerLine = headerLine
    self.layout = layout
  }

  /// Where the id of the current row is.
  var buffer: [UInt8] { records.bytes }

  /// Where the lines went so far.
  var tally: LineTally { records.tally }

  /// The columns so far that the layout does not know.
  var unknownColumns: UnknownColumns { records.unknownColumns }

  /// Where the id of the current row is in the file.
  var placeOfID: FilePlace {
    FilePlace(
      file: records.input.name, line: records.line, position: layout.id, header: layout.header)
  }

  /// Goes to the next line.
  mutating func next() throws(RatingsFileError) -> Event {
    switch try records.next() {
    case .end:
      return .end
    case .fault(let fault):
      return .badLine(error(for: fault))
    case .record:
      guard records.fields.count == layout.columnCount else {
        return .badLine(
          error(
            for: .columnCount(
              records.fields.count, instead: layout.columnCount, layout.format)))
      }
      let id = records.fields[layout.id]
      if var fault = FieldText.identifierFault(records.bytes.span, id) {
        fault.column = layout.id
        return .badLine(error(for: fault))
      }
      return .row(id: id)
    }
  }

  /// The item in the current row. Throws when its id is not of the type or a text is bad.
  func item(idType: IdentifierType) throws(LineFault) -> Item {
    var item = Item(id: try itemID(idType))
    if let title = layout.title {
      let text = try text(title)
      // As databases and R write what is missing, and no others: there are films called Nan and None.
      if !["", "\\N", "NULL", "NA"].contains(text) { item.title = text }
    }
    for attribute in layout.attributes {
      let text = try text(attribute.position)
      let values =
        attribute.separator.map { separator in
          text.split(separator: separator).map { Self.trimmed($0) }
        } ?? [text]
      for value in values where !Self.isNothing(value) {
        item.attributes.append(ItemAttribute(name: attribute.name, value: value))
      }
    }
    for flag in layout.flags where try isSet(flag) {
      item.attributes.append(ItemAttribute(name: flag.name, value: flag.value))
    }
    if layout.readsYears, let year = item.title.flatMap(TitleYear.find) {
      item.attributes.append(ItemAttribute(name: TitleYear.name, value: year))
    }
    return item
  }

  /// Sets the current line aside, as it stands in the file. Throws `error` where there are no `rejects`.
  mutating func setAside(in rejects: RejectsFile?, because error: RatingsFileError)
    throws(RatingsFileError)
  {
    try records.setAside(in: rejects, because: error)
  }

  /// `fault` as it is to be reported for the current line.
  func error(for fault: LineFault) -> RatingsFileError {
    records.error(for: fault, header: layout.header)
  }

  /// Whether a value says that there is none.
  private static func isNothing(_ value: String) -> Bool {
    FieldText.isMissing(value) || value == "(no genres listed)"
  }

  /// `value` without white space around it.
  private static func trimmed(_ value: Substring) -> String {
    let start = value.drop(while: \.isWhitespace)
    return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
  }

  private func itemID(_ type: IdentifierType) throws(LineFault) -> ItemID {
    let bytes = records.bytes.span
    let id = records.fields[layout.id]
    switch type {
    case .integer:
      guard let integer = DecimalNumber.identifier(bytes, id) else {
        var fault = LineFault.notAnInteger(bytes, id)
        fault.column = layout.id
        throw fault
      }
      return ItemID(integer)
    case .text:
      return ItemID(String(decoding: records.bytes[id], as: UTF8.self))
    }
  }

  private func text(_ column: Int) throws(LineFault) -> String {
    let bytes = records.bytes.span
    let field = records.fields[column]
    guard var fault = FieldText.textFault(bytes, field) else {
      return FieldText.decoded(bytes, field) ?? ""
    }
    guard fault == .notUTF8, layout.isUTF8OrLatin1 else {
      fault.column = column
      throw fault
    }
    return FieldText.decodedAsLatin1(bytes, field)
  }

  private func isSet(_ flag: ItemsLayout.FlagColumn) throws(LineFault) -> Bool {
    let bytes = records.bytes.span
    let field = records.fields[flag.position]
    if field.count == 1, bytes[field.lowerBound] == UInt8(ascii: "0") { return false }
    if field.count == 1, bytes[field.lowerBound] == UInt8(ascii: "1") { return true }
    throw LineFault(
      code: .notANumber, problem: "\(FieldText.quoted(bytes, field)) is neither 0 nor 1",
      remedy: "Say by 1 or 0 whether the film is of the genre \(flag.value).",
      column: flag.position)
  }
}
