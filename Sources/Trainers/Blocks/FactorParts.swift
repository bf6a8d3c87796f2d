import ModelRegistry
import Ratings
import Recommenders
import TensorCore

/// One side of an externally trained model: the parts in a file, whose columns are written one after the other.
struct FactorParts: Sendable {
  /// The number of elements written at a time.
  fileprivate static let pieceCount = 1 << 18

  let count: Int
  let type: IdentifierType
  /// The total number of rated items of all users; 0 for items.
  let ratedCount: Int
  /// The digests of the frames.
  let digests: [[UInt8]]
  private let identifierByteCount: Int
  private let parts: [FactorPart]

  /// Opens the parts in the file at `path`, which must hold `count` rows of `width` numbers. Throws as
  /// ``BlockFrame/init(reading:number:)`` does, and `badContents`.
  init(file path: String, ofItems: Bool, count: Int, width: Int) throws(BlockError) {
    var parts: [FactorPart] = []
    let frames = try BlockFrame.all(ofFile: path)
    digests = frames.compactMap(\.digest)
    for frame in frames {
      parts.append(try FactorPart(frame, ofItems: ofItems, width: width))
    }
    let found = parts.reduce(0) { $0 + $1.rows.rowCount }
    guard found == count else {
      throw .bad(
        .badContents, "it has \(found) rows, and the model \(count) \(ofItems ? "items" : "users")",
        place: path, remedy: "Write all parts of one training run, each once.")
    }
    let types = Set(parts.filter { $0.rows.rowCount > 0 }.map(\.type))
    guard types.count < 2 else {
      throw .bad(
        .badContents, "some of its ids are integers, and some texts", place: path,
        remedy: "Use one type for all.")
    }
    self.parts = parts
    self.count = count
    type = types.first ?? .integer
    ratedCount = ofItems ? 0 : parts.reduce(0) { $0 + $1.numbers.count }
    identifierByteCount = parts.reduce(0) { $0 + $1.identifierByteCount }
  }

  // MARK: - In memory

  /// Returns all ids. Throws `badContents` if one is not UTF-8.
  func identifiers(file path: String) throws(BlockError) -> IdentifierColumn {
    var column = IdentifierColumn(type: type)
    for part in parts {
      switch part.identifiers {
      case .integers(let ids): for id in ids { column.append(integer: id) }
      case .texts(let ends, let bytes):
        var start = 0
        for end in ends {
          let text = bytes[start..<Int(end)]
          guard let id = String(validating: text, as: UTF8.self) else {
            throw .bad(.badContents, "an id is not UTF-8", place: path)
          }
          column.append(utf8: id.utf8Span.span)
          start = Int(end)
        }
      }
    }
    return column
  }

  /// The number of ratings of each item.
  var ratingCounts: [UInt32] { parts.flatMap { Array($0.numbers) } }

  // MARK: - Column by column

  /// Calls `body` for runs of all rows in order, up to `length` rows of one part at a time.
  private func forEachRun(
    of length: Int, _ body: (FactorPart, Range<Int>) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    for part in parts {
      for first in Swift.stride(from: 0, to: part.rows.rowCount, by: length) {
        try body(part, first..<min(first + length, part.rows.rowCount))
      }
    }
  }

  /// Writes the numbers at `columns` of each row, multiplied by `scale`.
  func writeNumbers(
    at columns: Range<Int>, times scale: Float, to stream: inout ElementStream
  ) throws(ModelFileError) {
    try forEachRun(of: max(1, Self.pieceCount / max(1, columns.count))) {
      (part, rows) throws(ModelFileError) in
      try stream.append(
        rows.flatMap { row in
          let numbers = part.rows.numbers(of: row)
          return columns.map { numbers[$0] * scale }
        })
    }
  }

  /// Writes the first number of each row, multiplied by `scale`.
  func writeBiases(times scale: Double, to stream: inout ElementStream) throws(ModelFileError) {
    try forEachRun(of: Self.pieceCount) { (part, rows) throws(ModelFileError) in
      try stream.append(rows.map { Float(Double(part.rows.numbers(of: $0)[0]) * scale) })
    }
  }

  /// Writes a zero for each row.
  func writeZeros(to stream: inout ElementStream) throws(ModelFileError) {
    try forEachRun(of: Self.pieceCount) { (_, rows) throws(ModelFileError) in
      try stream.append([Float](repeating: 0, count: rows.count))
    }
  }

  /// The users, for writing.
  var users: StreamedUsers {
    let identifiers: StreamedUsers.Identifiers =
      switch type {
      case .integer:
        .integers { (stream) throws(ModelFileError) in
          for part in parts {
            guard case .integers(let ids) = part.identifiers else { continue }
            try stream.append(elements: ids)
          }
        }
      case .text:
        .texts(byteCount: identifierByteCount) { (stream) throws(ModelFileError) in
          for part in parts {
            guard case .texts(_, let bytes) = part.identifiers else { continue }
            try stream.append(elements: bytes)
          }
        } ends: { (stream) throws(ModelFileError) in
          var start: UInt64 = 0
          for part in parts {
            guard case .texts(let ends, let bytes) = part.identifiers else { continue }
            try stream.append(elements: ends, plus: start)
            start += UInt64(bytes.count)
          }
        }
      }
    return StreamedUsers(
      count: count, identifiers, ratedCount: ratedCount,
      ratedOffsets: { (stream) throws(ModelFileError) in
        var start: UInt64 = 0
        for part in parts {
          let offsets = UnsafeMutableBufferPointer(rebasing: part.ratedOffsets.dropLast())
          try stream.append(elements: offsets, plus: start)
          start += UInt64(part.numbers.count)
        }
        try stream.append([start])
      },
      ratedItems: { (stream) throws(ModelFileError) in
        for part in parts { try stream.append(elements: part.numbers) }
      })
  }
}

extension ElementStream {
  /// Appends numbers from a frame, each increased by `plus`, piece by piece.
  fileprivate mutating func append<Element: TensorElement & FixedWidthInteger>(
    elements: UnsafeMutableBufferPointer<Element>, plus: Element = 0
  ) throws(ModelFileError) {
    for first in stride(from: 0, to: elements.count, by: FactorParts.pieceCount) {
      let piece = elements[first..<min(first + FactorParts.pieceCount, elements.count)]
      try append(plus == 0 ? Array(piece) : piece.map { $0 + plus })
    }
  }
}
