import Errors

/// The beginning of a file, from which its layout is guessed: some lines, and at least the first.
struct FileSample {
  /// How much is looked at, unless the first line is longer.
  static let byteCount = 1 << 16

  let name: String
  /// Whether the file holds nothing, but for a byte order mark.
  let isEmpty: Bool
  private let bytes: [UInt8]
  private let isWhole: Bool

  /// Looks at the beginning of `input` without reading on. Throws when it is no plain text, when its
  /// first line is longer than any may be, or when as much is blank before it.
  init(of input: InputFile) throws(RatingsFileError) {
    name = input.name
    var byteCount = Self.byteCount
    var sample = try input.peek(byteCount)
    while sample.count == byteCount, !Self.endsALine(sample) {
      let (blank, line) = Self.partedAtFirstLine(sample)
      guard line.count <= recordByteLimit else {
        throw RatingsFileError(
          LineFault.lineTooLong.code, LineFault.lineTooLong.problem,
          place: FilePlace(file: name, line: 1 + blank.count { $0 == lineFeed }),
          remedy: LineFault.lineTooLong.remedy)
      }
      guard blank.count <= recordByteLimit else {
        throw RatingsFileError(
          .noRecord, "over \(recordByteLimit) bytes of blank lines stand before anything else",
          place: FilePlace(file: name), remedy: "Take them out, and check that the file is whole.")
      }
      byteCount *= 2
      sample = try input.peek(byteCount)
    }
    isWhole = sample.count < byteCount
    if let problem = Self.foreignFormat(sample) {
      throw RatingsFileError(
        .notPlainText, problem.what, place: FilePlace(file: name), remedy: problem.remedy)
    }
    bytes = Array(Self.withoutMark(sample))
    isEmpty = bytes.isEmpty
  }

  /// The error that the file holds bytes and no record: the sample is of all of it.
  var withoutRecord: RatingsFileError {
    let isBlank = bytes.allSatisfy { [0x09, 0x0A, 0x0D, 0x20].contains($0) }
    return RatingsFileError(
      .noRecord,
      isBlank ? "it holds blank lines alone" : "no line of it can be taken apart into columns",
      place: FilePlace(file: name),
      remedy: "Name a file of ratings or items; one without any is empty or holds a header alone.")
  }

  /// Whether a line that is not blank ends in `sample`.
  private static func endsALine(_ sample: ArraySlice<UInt8>) -> Bool {
    partedAtFirstLine(sample).line.contains(lineFeed)
  }

  /// The blank lines that `sample` begins with, and what comes then.
  private static func partedAtFirstLine(
    _ sample: ArraySlice<UInt8>
  ) -> (blank: ArraySlice<UInt8>, line: ArraySlice<UInt8>) {
    let text = withoutMark(sample)
    let blank = text.prefix { [lineFeed, UInt8(ascii: "\r")].contains($0) }
    return (blank, text[blank.endIndex...])
  }

  /// `sample` without a byte order mark (U+FEFF in UTF-8), which some programs write in front of a text.
  private static func withoutMark(_ sample: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    sample.starts(with: [0xEF, 0xBB, 0xBF]) ? sample.dropFirst(3) : sample
  }

  /// The columns of the first records, at most `limit` of them, told apart by `delimiter`. Lines whose
  /// quotes are wrong and the one that the sample's end may have cut are left out.
  func records(delimiter: Delimiter, limit: Int = 100) -> [[String]] {
    var scanner = RecordScanner(delimiter: delimiter)
    var records: [[String]] = []
    var position = 0
    while position < bytes.count, records.count < limit {
      switch scanner.scan(bytes, from: position, to: bytes.count, isComplete: isWhole) {
      case .record(let end, _):
        let isEmptyLine = scanner.fields.count == 1 && scanner.fields[0].isEmpty
        if !isEmptyLine {
          records.append(scanner.fields.map { String(decoding: bytes[$0], as: UTF8.self) })
        }
        position = end
      case .needsMore:
        return records
      case .fault:
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
          return records
        }
        position = end + 1
      }
    }
    return records
  }

  /// The delimiter that makes the same number of columns, two at least, in the most records: among
  /// equals the one that makes more columns. nil when none does.
  func delimiter() -> Delimiter? {
    let candidates = Delimiter.detectable.compactMap { delimiter in
      let counts = records(delimiter: delimiter).map(\.count)
      return Self.mostFrequent(counts.filter { $0 > 1 }).map {
        (delimiter: delimiter, columnCount: $0.count, recordCount: $0.frequency)
      }
    }
    return candidates.reversed().max {
      ($0.recordCount, $0.columnCount) < ($1.recordCount, $1.columnCount)
    }?.delimiter
  }

  /// The number of columns that most records have.
  func columnCount(delimiter: Delimiter) -> Int? {
    Self.mostFrequent(records(delimiter: delimiter).map(\.count))?.count
  }

  private static func mostFrequent(_ counts: [Int]) -> (count: Int, frequency: Int)? {
    let frequencies = Dictionary(counts.map { ($0, 1) }, uniquingKeysWith: +)
    return frequencies.max { ($0.value, $0.key) < ($1.value, $1.key) }
      .map { (count: $0.key, frequency: $0.value) }
  }

  private static func foreignFormat(_ sample: ArraySlice<UInt8>) -> (what: String, remedy: String)?
  {
    if sample.starts(with: [0x1F, 0x8B]) {
      return ("compressed with gzip", "Unpack it on the way: gunzip -c FILE")
    }
    if sample.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return ("a zip archive", "Unpack it and import the folder or file in it.")
    }
    if sample.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
      return ("compressed with zstd", "Unpack it on the way: zstd -dc FILE")
    }
    if sample.starts(with: [0xFF, 0xFE]) || sample.starts(with: [0xFE, 0xFF]) {
      return ("text in UTF-16", "Convert it: iconv -f utf-16 -t utf-8 FILE")
    }
    if sample.contains(UInt8(ascii: "\r")), !sample.contains(UInt8(ascii: "\n")),
      sample.dropLast().contains(UInt8(ascii: "\r"))
    {
      return (
        "lines that end in a carriage return alone",
        "Convert it: tr '\\r' '\\n' < FILE"
      )
    }
    return nil
  }
}
