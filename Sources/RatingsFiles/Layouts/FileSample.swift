import Errors

/// The start of a file, from which its layout is detected: some lines, and at least the first.
struct FileSample {
  /// The sample's size, unless the first line is longer.
  static let byteCount = 1 << 16
  /// The maximum number of sampled records.
  static let recordLimit = 1000

  let name: String
  /// The line tally of a file that is empty but for a byte order mark, or brackets without an object between
  /// them; nil for any other file.
  let linesWhenEmpty: LineTally?
  /// Whether the file holds JSON objects.
  let isJSON: Bool
  /// The delimiter given by a first line such as `sep=;`, if there is one.
  let statedDelimiter: Delimiter?
  /// The bytes after a byte order mark and a line that gives the delimiter.
  let bytes: [UInt8]
  /// Whether ``bytes`` are the whole file.
  let isWhole: Bool

  /// Samples the start of `input` without consuming it. Throws if the file is not plain text, its first line
  /// exceeds the maximum length, or as many bytes before it are blank.
  init(of input: InputFile) throws(RatingsFileError) {
    name = input.name
    var byteCount = Self.byteCount
    var sample = try input.peek(byteCount)
    if let format = ForeignFormat.of(sample) { throw Self.foreign(format, name: name) }
    while sample.count == byteCount, !Self.isEnough(sample) {
      let (blank, line) = Self.partedAtFirstLine(sample)
      guard line.count <= recordByteLimit else {
        throw RatingsFileError(
          LineFault.lineTooLong.code, LineFault.lineTooLong.problem,
          place: FilePlace(file: name, line: 1 + blank.count { $0 == lineFeed }),
          remedy: LineFault.lineTooLong.remedy)
      }
      guard blank.count <= recordByteLimit else {
        throw RatingsFileError(
          .noRecord, "it starts with more than \(recordByteLimit) bytes of blank lines",
          place: FilePlace(file: name), remedy: "Remove them, and check that the file is complete.")
      }
      byteCount *= 2
      sample = try input.peek(byteCount)
    }
    isWhole = sample.count < byteCount
    let text = Self.withoutMark(sample)
    linesWhenEmpty =
      text.isEmpty || (isWhole && Self.isEmptyArray(text)) ? Self.blankLines(text) : nil
    isJSON = Self.isJSON(text)
    let stated = Self.statedDelimiter(text)
    statedDelimiter = stated?.delimiter
    bytes = Array(stated.map { text[$0.end...] } ?? text)
  }

  /// The error of a file that is not empty but has no record; the sample must be the whole file.
  var withoutRecord: RatingsFileError {
    let isBlank = bytes.allSatisfy { [0x09, 0x0A, 0x0D, 0x20].contains($0) }
    return RatingsFileError(
      .noRecord,
      isBlank ? "it has only blank lines" : "none of its lines can be split into columns",
      place: FilePlace(file: name),
      remedy:
        "Name a file of ratings or items; one without any must be empty or have only a header.")
  }

  /// Returns whether `sample` contains the end of a non-blank line, or of the first JSON object.
  private static func isEnough(_ sample: ArraySlice<UInt8>) -> Bool {
    let text = withoutMark(sample)
    if isJSON(text), let object = text.firstIndex(of: UInt8(ascii: "{")) {
      var scanner = JSONScanner()
      // An invalid JSON object ends the sampling: its fault is to be reported.
      return scanner.scan(Array(text[object...]), from: 0, to: text.endIndex - object) != .needsMore
    }
    return partedAtFirstLine(sample).line.contains(lineFeed)
  }

  /// Splits `sample` into its leading blank lines and the rest.
  private static func partedAtFirstLine(
    _ sample: ArraySlice<UInt8>
  ) -> (blank: ArraySlice<UInt8>, line: ArraySlice<UInt8>) {
    let text = withoutMark(sample)
    let blank = text.prefix { [lineFeed, carriageReturn].contains($0) }
    return (blank, text[blank.endIndex...])
  }

  private static func withoutMark(_ sample: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    sample.starts(with: byteOrderMark) ? sample.dropFirst(byteOrderMark.count) : sample
  }

  /// Returns whether `text` begins with an object or an array of objects.
  private static func isJSON(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text.drop { [0x09, 0x0A, 0x0D, 0x20].contains($0) }
    func goOn() { rest = rest.dropFirst().drop { [0x09, 0x0A, 0x0D, 0x20].contains($0) } }
    if rest.first == UInt8(ascii: "[") {
      goOn()
      if rest.first == UInt8(ascii: "]") { return true }
    }
    guard rest.first == UInt8(ascii: "{") else { return false }
    goOn()
    // A key, one in Python's quotes, or the end of an empty object.
    return [quote, UInt8(ascii: "'"), UInt8(ascii: "}")].contains(rest.first)
  }

  /// Returns whether `text` is an empty JSON array.
  private static func isEmptyArray(_ text: ArraySlice<UInt8>) -> Bool {
    text.filter { ![0x09, 0x0A, 0x0D, 0x20].contains($0) }.elementsEqual(Array("[]".utf8))
  }

  /// Returns the tally of `text`, all of whose lines are blank.
  private static func blankLines(_ text: ArraySlice<UInt8>) -> LineTally {
    var tally = LineTally()
    tally.total = text.count { $0 == lineFeed } + (text.isEmpty || text.last == lineFeed ? 0 : 1)
    tally.blank = tally.total
    return tally
  }

  /// Returns the delimiter given by a first line such as `sep=;`, as spreadsheets write it, and the end of
  /// that line.
  private static func statedDelimiter(
    _ text: ArraySlice<UInt8>
  ) -> (delimiter: Delimiter, end: Int)? {
    guard let end = text.prefix(16).firstIndex(of: lineFeed) else { return nil }
    var line = String(decoding: text[..<end], as: UTF8.self)
    if line.hasSuffix("\r") { line.removeLast() }
    guard line.lowercased().hasPrefix("sep="), let delimiter = Delimiter(String(line.dropFirst(4)))
    else { return nil }
    return (delimiter, end + 1)
  }

  private static func foreign(_ format: ForeignFormat, name: String) -> RatingsFileError {
    let isShown = name.allSatisfy { $0.isLetter || $0.isNumber || "._-/".contains($0) }
    return RatingsFileError(
      .notPlainText, "it is " + format.what, place: FilePlace(file: name),
      remedy: isShown ? format.remedy.replacing("FILE", with: name) : format.remedy)
  }
}

/// The first records of a file, from which its columns are detected.
struct SampledRecords {
  /// The columns of each record. Lines that can't be split into columns are left out, as is a record that the
  /// end of the sample may have cut off.
  var rows: [[String]]
  /// The keys of JSON objects, in order of first occurrence; nil for other files.
  var keys: [String]?
}

extension FileSample {
  /// Returns the first records of a delimited file.
  func records(_ dialect: Dialect, limit: Int = recordLimit) -> SampledRecords {
    var rows: [[String]] = []
    eachRecord(dialect) { result, scanner in
      guard case .record = result, rows.count < limit else { return rows.count < limit }
      rows.append(
        scanner.fields.enumerated().map { column, field in
          let isEscaped = scanner.escaped.contains { $0.column == column }
          return String(
            decoding: isEscaped ? unescaped(field, dialect.quoting)[...] : bytes[field],
            as: UTF8.self)
        })
      return rows.count < limit
    }
    return SampledRecords(rows: rows)
  }

  private func unescaped(_ field: Range<Int>, _ quoting: Quoting) -> [UInt8] {
    var text: [UInt8] = []
    var position = field.lowerBound
    while position < field.upperBound {
      let next = position + 1 < field.upperBound ? bytes[position + 1] : 0
      if quoting.isEscape(bytes[position], before: next) { position += 1 }
      text.append(bytes[position])
      position += 1
    }
    return text
  }

  /// Scans record after record, skipping blank lines, and passes each result with its scanner to `body` until
  /// that returns false. A faulty record costs a line.
  func eachRecord(_ dialect: Dialect, _ body: (ScanResult, RecordScanner) -> Bool) {
    var scanner = RecordScanner(dialect)
    var position = 0
    while position < bytes.count {
      let result = scanner.scan(bytes, from: position, to: bytes.count, isComplete: isWhole)
      switch result {
      case .record(let end, _):
        position = end
        if scanner.fields.count == 1, scanner.fields[0].isEmpty, scanner.quoted.isEmpty { continue }
      case .needsMore:
        _ = body(result, scanner)
        return
      case .fault:
        position = (bytes[position...].firstIndex(of: lineFeed) ?? bytes.count - 1) + 1
      }
      guard body(result, scanner) else { return }
    }
  }

  /// Returns the first objects of a JSON file, with their values as text. Invalid JSON costs a line.
  func objects(limit: Int = recordLimit) -> SampledRecords {
    var keys: [String] = []
    var positions: [String: Int] = [:]
    var rows: [[Int: String]] = []
    eachObject { members, _ in
      var row: [Int: String] = [:]
      for member in members {
        // A key that is not valid text names nothing, as for the reader.
        guard let key = text(of: member.key) else { continue }
        if positions[key] == nil, keys.count < Self.recordLimit {
          positions[key] = keys.count
          keys.append(key)
        }
        guard let column = positions[key], member.value.kind != .null else { continue }
        row[column] = text(of: member.value, limit: 1024)
      }
      rows.append(row)
      return rows.count < limit
    }
    return SampledRecords(rows: rows.map { row in keys.indices.map { row[$0] ?? "" } }, keys: keys)
  }

  /// Returns a key, or the first `limit` bytes of a value, as it will be read; nil for a string that is not
  /// valid text.
  private func text(of value: JSONScanner.Value, limit: Int = .max) -> String? {
    guard value.kind == .string(isEscaped: true) else {
      return String(decoding: bytes[value.range.prefix(limit)], as: UTF8.self)
    }
    let text = try? JSONString.unescaped(bytes, value.range)
    return text.map { String(decoding: $0.prefix(limit), as: UTF8.self) }
  }

  /// The fault of the first invalid object in a JSON file.
  var firstJSONFault: RatingsFileError? {
    var fault: RatingsFileError?
    eachObject { _, problem in
      guard let (text, position) = problem else { return true }
      fault = RatingsFileError(
        .badJSON, "not JSON: \(text)",
        place: FilePlace(file: name, line: 1 + bytes[..<position].count { $0 == lineFeed }),
        remedy: LineFault.badJSON(text).remedy)
      return false
    }
    return fault
  }

  /// Passes the members of each object, or its fault, to `body` until that returns false.
  private func eachObject(
    _ body: ([JSONScanner.Member], (problem: String, position: Int)?) -> Bool
  ) {
    var scanner = JSONScanner()
    var position = 0
    while let start = bytes[position...].firstIndex(of: UInt8(ascii: "{")) {
      switch scanner.scan(bytes, from: start, to: bytes.count) {
      case .object(let end):
        position = end
        guard body(scanner.members, nil) else { return }
      case .fault(let problem, let faultPosition):
        guard body([], (problem, faultPosition)) else { return }
        guard let end = bytes[start...].firstIndex(of: lineFeed) else { return }
        position = end + 1
      case .needsMore:
        if isWhole { _ = body([], ("an unterminated object", bytes.count)) }
        return
      }
    }
  }
}
