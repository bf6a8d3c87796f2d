import Errors

/// Reads JSON objects as records, with their keys as columns: JSON Lines, concatenated objects, or one array
/// of objects.
///
/// Strings are unescaped, numbers are unchanged, `null` and missing keys are an empty column, arrays and
/// objects their JSON.
struct JSONReader: RecordSource {
  private var buffer: RecordBuffer
  private var scanner = JSONScanner()
  private(set) var fields: [Range<Int>] = []
  private(set) var record = 0..<0
  private(set) var line = 1
  private(set) var isAtFault = false
  private(set) var tally = LineTally()
  private(set) var unknownColumns = UnknownColumns()
  private let keys: [[UInt8]]
  private let needed: [Bool]
  /// For each column, whether it must be a single value.
  private let isSingle: [Bool]
  /// Whether the objects are in an array; nil until the first byte is read.
  private var isArray: Bool?
  private var state = State.beforeObject
  /// The current line.
  private var currentLine = 1
  /// Whether a record has ended in the current line, which then counts as its own.
  private var lineHasRecord = false

  private enum State {
    case beforeObject, behindObject, behindComma, behindArray
  }

  /// Reads from the current position of `input`, after a byte order mark. Objects have a column for each of
  /// `keys`. Those at the positions `needed` are read; those at `single` must be neither arrays nor objects.
  init(
    _ input: InputFile, keys: [String], needed: [Int], single: [Int], chunkSize: Int = 1 << 20
  ) throws(RatingsFileError) {
    buffer = try RecordBuffer(input, chunkSize: chunkSize)
    self.keys = keys.map { Array($0.utf8) }
    self.needed = keys.indices.map(needed.contains)
    isSingle = keys.indices.map(single.contains)
  }

  var input: InputFile { buffer.input }
  var headerLine: [UInt8]? { nil }
  var bytes: [UInt8] { buffer.bytes }

  mutating func next() throws(RatingsFileError) -> RecordEvent {
    if isAtFault { try skipFaultyLine() }
    guard let byte = try goToObject() else {
      guard state != .behindComma, isArray != true || state == .behindArray else {
        throw broken("it ends within the array")
      }
      endLine()
      tally.total = buffer.lineCount
      guard tally.isBalanced else { throw .miscounted(tally, file: input.name) }
      return .end
    }
    line = currentLine
    guard byte == UInt8(ascii: "{") else {
      return try fault("expected an object, which starts with {", at: buffer.start)
    }
    while true {
      switch scanner.scan(buffer.bytes, from: buffer.start, to: buffer.end) {
      case .object(let end) where end - buffer.start <= recordByteLimit:
        take(to: end)
        return try readFields()
      case .object:
        return try fault(.lineTooLong)
      case .needsMore:
        if buffer.end - buffer.start > recordByteLimit { return try fault(.lineTooLong) }
        if buffer.isComplete { return try fault("an unterminated object", at: buffer.end) }
        try buffer.readMore()
      case .fault(let problem, let position):
        return try fault(problem, at: position)
      }
    }
  }

  mutating func skipFaultyLine(
    _ body: (ArraySlice<UInt8>) throws(RatingsFileError) -> Void = { _ in }
  ) throws(RatingsFileError) {
    guard isAtFault else { return }
    isAtFault = false
    let lineEnds = try buffer.skipLine(body)
    tally.count(lines: 1, from: line)
    currentLine += lineEnds
    lineHasRecord = false
    state = .beforeObject
  }

  func line(of fault: LineFault) -> Int { line + fault.lineOffset }

  /// Skips white space and separators between objects, and returns the next byte without consuming it; nil at
  /// the end.
  private mutating func goToObject() throws(RatingsFileError) -> UInt8? {
    while true {
      guard buffer.start < buffer.end else {
        if buffer.isComplete { return nil }
        try buffer.readMore()
        continue
      }
      let byte = buffer.bytes[buffer.start]
      switch byte {
      case lineFeed:
        buffer.start += 1
        currentLine += 1
        if lineHasRecord { tally.ofRecords += 1 } else { tally.blank += 1 }
        lineHasRecord = false
      case 0x20, 0x09, carriageReturn:
        buffer.start += 1
      case UInt8(ascii: "[") where isArray == nil:
        isArray = true
        buffer.start += 1
      case UInt8(ascii: ",") where isArray == true && state == .behindObject:
        state = .behindComma
        buffer.start += 1
      case UInt8(ascii: "]")
      where isArray == true && (state == .behindObject || state == .beforeObject):
        state = .behindArray
        buffer.start += 1
      default:
        if isArray == nil { isArray = false }
        if isArray == true, state == .behindObject {
          throw broken("expected , between two objects")
        }
        if state == .behindArray { throw broken("there is extra data after the array") }
        return byte
      }
    }
  }

  /// Counts a last line without a line end.
  private mutating func endLine() {
    let ended = tally.header + tally.blank + tally.ofRecords
    guard buffer.lineCount > ended else { return }
    if lineHasRecord { tally.ofRecords += 1 } else { tally.blank += 1 }
    lineHasRecord = false
  }

  /// Advances past the current object.
  private mutating func take(to end: Int) {
    record = buffer.start..<end
    let lineEnds = buffer.bytes.span.count(of: lineFeed, in: record)
    buffer.start = end
    state = .behindObject
    tally.ofRecords += lineEnds
    tally.records += 1
    currentLine += lineEnds
    lineHasRecord = true
  }

  /// Finds the columns of the current object.
  private mutating func readFields() throws(RatingsFileError) -> RecordEvent {
    fields.removeAll(keepingCapacity: true)
    fields.append(
      contentsOf: repeatElement(record.lowerBound..<record.lowerBound, count: keys.count))
    var scratchEnd = buffer.end
    for (number, member) in scanner.members.enumerated() {
      guard let column = column(of: member.key, near: number, &scratchEnd), needed[column] else {
        continue
      }
      do throws(LineFault) {
        if isSingle[column], [.array, .object].contains(member.value.kind) { throw .notSingle }
        fields[column] = try text(of: member.value, &scratchEnd)
      } catch {
        var fault = error
        fault.column = column
        return .fault(fault)
      }
    }
    return .record
  }

  /// Returns the column for a key; nil, after recording the key, if there is none. Objects usually have their
  /// keys in the same order.
  private mutating func column(
    of key: JSONScanner.Value, near hint: Int, _ scratchEnd: inout Int
  ) -> Int? {
    var name = key.range
    let restored = scratchEnd
    if key.kind != .string(isEscaped: false) {
      guard let text = try? text(of: key, &scratchEnd) else { return nil }
      name = text
    }
    defer { scratchEnd = restored }
    if hint < keys.count, isEqual(name, keys[hint]) { return hint }
    if let column = keys.indices.first(where: { isEqual(name, keys[$0]) }) { return column }
    unknownColumns.note(buffer.bytes[name], line: line)
    return nil
  }

  private func isEqual(_ name: Range<Int>, _ key: [UInt8]) -> Bool {
    guard name.count == key.count else { return false }
    for offset in 0..<key.count where buffer.bytes[name.lowerBound + offset] != key[offset] {
      return false
    }
    return true
  }

  /// Returns a value as the text of a column: its range in the buffer, or a copy after the data read.
  private mutating func text(
    of value: JSONScanner.Value, _ scratchEnd: inout Int
  ) throws(LineFault) -> Range<Int> {
    switch value.kind {
    case .null:
      return record.lowerBound..<record.lowerBound
    case .string(isEscaped: false), .literal, .array, .object:
      return value.range
    case .string(isEscaped: true):
      let start = scratchEnd
      for byte in try JSONString.unescaped(buffer.bytes, value.range) { write(byte, &scratchEnd) }
      return start..<scratchEnd
    }
  }

  private mutating func write(_ byte: UInt8, _ scratchEnd: inout Int) {
    buffer.write(byte, at: scratchEnd)
    scratchEnd += 1
  }

  private mutating func fault(_ problem: String, at position: Int) throws(RatingsFileError)
    -> RecordEvent
  {
    var fault = LineFault.badJSON(problem)
    fault.lineOffset = buffer.bytes.span.count(of: lineFeed, in: buffer.start..<position)
    return try self.fault(fault)
  }

  /// Reports a fault. Reading continues on the next line, unless the objects are in an array.
  private mutating func fault(_ fault: LineFault) throws(RatingsFileError) -> RecordEvent {
    guard isArray != true else {
      throw RatingsFileError(
        fault.code, fault.problem,
        place: FilePlace(file: input.name, line: line(of: fault)), remedy: fault.remedy)
    }
    isAtFault = true
    return .fault(fault)
  }

  private func broken(_ problem: String) -> RatingsFileError {
    RatingsFileError(
      .badJSON, "not JSON: \(problem)", place: FilePlace(file: input.name, line: currentLine),
      remedy: "Check that the file is complete.")
  }
}

extension LineFault {
  fileprivate static let notSingle = LineFault(
    code: .badJSON, problem: "an array or object instead of a string or number",
    remedy: "Move the value to the top level, for example with jq -c '{user: .user.id, ...}'.")

  /// Returns the fault of invalid JSON, with the reason given by a ``JSONScanner``.
  static func badJSON(_ problem: String) -> LineFault {
    LineFault(
      code: .badJSON, problem: "not JSON: \(problem)",
      remedy: problem.contains("Python")
        ? "Convert it: python3 -c 'import ast, json, sys; "
          + "[print(json.dumps(ast.literal_eval(line))) for line in sys.stdin]' < FILE | latent import -"
        : "Write one object per line, or one array of objects.")
  }
}
