import Errors
import Ratings

/// Reads a file of items row by row, including faulty lines.
struct ItemRowReader<Records: RecordSource> {
  /// The result of ``next()``.
  enum Event {
    /// An item. Its id is still a byte range of ``buffer``, and valid text.
    case row(id: Range<Int>)
    case badLine(RatingsFileError)
    case end
  }

  private var records: Records
  private let layout: ItemsLayout
  /// Whether placeholders for missing values count as ids.
  private let takesWords: Bool
  /// The name of the id column in the header of a delimited file.
  private let name: [UInt8]?
  /// The range of the current row's id.
  private var id = 0..<0

  /// Reads the rest of `records`.
  init(_ records: Records, _ layout: ItemsLayout, takesWords: Bool) {
    self.records = records
    self.layout = layout
    self.takesWords = takesWords
    let header = layout.format == .json ? nil : layout.header
    name = header.map { Array($0[layout.id].utf8) }
  }

  /// The header line as it is in the file, if there is one.
  var headerLine: [UInt8]? { records.headerLine }

  /// The bytes that contain the current row's id.
  var buffer: [UInt8] { records.bytes }

  /// The tally of the lines so far.
  var tally: LineTally { records.tally }

  /// The columns seen so far that are not in the layout.
  var unknownColumns: UnknownColumns { records.unknownColumns }

  /// The place of the current row's id in the file.
  var placeOfID: FilePlace {
    FilePlace(
      file: records.input.name, line: records.line, position: layout.id, header: layout.header)
  }

  /// Advances to the next line.
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
      do throws(LineFault) {
        id = try FieldText.identifier(
          records.bytes.span, records.fields[layout.id], takesWords: takesWords)
        if let name, FieldText.isEqual(records.bytes.span, id, name) { throw .headerAgain }
        return .row(id: id)
      } catch {
        var fault = error
        if fault.code != .repeatedHeader { fault.column = layout.id }
        return .badLine(self.error(for: fault))
      }
    }
  }

  /// Returns the item in the current row. Throws if its id is not of the type or a text is invalid.
  func item(idForm: IdentifierForm) throws(LineFault) -> Item {
    var item = Item(id: try itemID(idForm))
    if let title = layout.title {
      let text = try text(title)
      // Only the placeholders of databases and R: there are films called Nan and None.
      if !["", "\\N", "NULL", "NA"].contains(text) { item.title = text }
    }
    for attribute in layout.attributes {
      let text = try text(attribute.position)
      let values =
        switch attribute.values {
        case .one: [text]
        case .separated(let sign): text.split(separator: sign).map { Self.trimmed($0) }
        case .literal: ListLiteral.values(text) ?? [text]
        }
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

  /// Writes the current line, as it is in the file, to `rejects`. Throws `error` if that is nil.
  mutating func setAside(in rejects: RejectsFile?, because error: RatingsFileError)
    throws(RatingsFileError)
  {
    try records.setAside(in: rejects, because: error)
  }

  /// Converts `fault` to an error for the current line.
  func error(for fault: LineFault) -> RatingsFileError {
    records.error(for: fault, header: layout.header)
  }

  /// Returns whether a value is a placeholder for no value.
  private static func isNothing(_ value: String) -> Bool {
    FieldText.isMissingText(value) || value == "(no genres listed)"
  }

  /// Returns `value` without surrounding white space.
  private static func trimmed(_ value: Substring) -> String {
    let start = value.drop(while: \.isWhitespace)
    return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
  }

  private func itemID(_ form: IdentifierForm) throws(LineFault) -> ItemID {
    switch form.type {
    case .integer:
      do throws(LineFault) {
        return ItemID(try form.integer(records.bytes.span, id).value)
      } catch {
        var fault = error
        fault.column = layout.id
        throw fault
      }
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
      remedy: "Write 1 if the film has the genre \(flag.value), or else 0.",
      column: flag.position)
  }
}
