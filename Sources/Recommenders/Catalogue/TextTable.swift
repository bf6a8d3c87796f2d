import ModelRegistry
import Ratings

/// Many texts in a mapped file: their UTF-8 bytes one behind the other, and where each ends.
///
/// The file's contents are not trusted: where an end lies is clamped to the bytes when it is used,
/// so that a hostile file gives wrong texts and never a look outside them.
struct TextTable: Sendable {
  private let bytes: TensorColumn<UInt8>
  private let ends: TensorColumn<UInt64>
  private let names: (bytes: String, ends: String)

  /// Takes the texts in two tensors out of a file: `count` of them, or as many as there are.
  init(
    _ reader: TensorReader, bytes: String, ends: String, count: Int? = nil
  ) throws(ModelFileError) {
    names = (bytes, ends)
    self.bytes = try reader.column(bytes)
    let dimensions = if let count { [count] } else { try reader.dimensions(of: ends, rank: 1) }
    self.ends = try reader.column(ends, dimensions)
  }

  /// The two tensors of `texts`.
  static func tensors(_ texts: TextColumn, bytes: String, ends: String) -> [OutgoingTensor] {
    [
      OutgoingTensor(bytes, texts.bytes),
      OutgoingTensor(ends, texts.ends.map { UInt64($0) }),
    ]
  }

  /// The number of texts.
  var count: Int { ends.count }

  /// Where in the bytes the text at `position` lies. Traps outside `0 ..< count`.
  func range(at position: Int) -> Range<Int> {
    let end = Int(min(ends[position], UInt64(bytes.count)))
    let start = position == 0 ? 0 : Int(min(ends[position - 1], UInt64(end)))
    return start..<end
  }

  /// The text at `position`; bytes that are not UTF-8 are shown as U+FFFD.
  subscript(position: Int) -> String {
    bytes.withElements(in: range(at: position)) { String(decoding: $0, as: UTF8.self) }
  }

  /// Where `text` stands among texts in ascending order; nil when it is not there. O(log count).
  func position(of text: String) -> Int? {
    var text = text
    return text.withUTF8 { sought in
      var (low, high) = (0, count - 1)
      while low <= high {
        let middle = low + (high - low) / 2
        let order = compare(at: middle, with: sought)
        if order == 0 { return middle }
        if order < 0 { low = middle + 1 } else { high = middle - 1 }
      }
      return nil
    }
  }

  /// How the text at `position` compares with `other` by bytes: negative when it comes before it, 0
  /// when they are equal.
  private func compare(at position: Int, with other: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.withElements(in: range(at: position)) { text in
      for (left, right) in zip(text, other) where left != right { return Int(left) - Int(right) }
      return text.count - other.count
    }
  }

  /// Checks that each text ends behind the one before, that all bytes belong to one, and that they
  /// are UTF-8.
  func verify(place: String) throws(ModelFileError) {
    let byteCount = UInt64(bytes.count)
    var last: UInt64 = 0
    for row in 0..<count {
      guard ends[row] >= last, ends[row] <= byteCount else {
        throw .badContents(
          "row \(row) of \(names.ends) is \(ends[row]), behind \(last) of \(byteCount)",
          place: place)
      }
      last = ends[row]
    }
    guard last == byteCount else {
      throw .badContents(
        "\(byteCount - last) bytes of \(names.bytes) belong to no row", place: place)
    }
    try bytes.withElements { (bytes) throws(ModelFileError) in
      for row in 0..<count {
        let text = UnsafeBufferPointer(rebasing: bytes[range(at: row)])
        guard String(validating: text, as: UTF8.self) != nil else {
          throw .badContents("row \(row) of \(names.bytes) is not UTF-8", place: place)
        }
      }
    }
  }

  /// Checks that each text is above the one before, by bytes.
  func verifyAscending(place: String) throws(ModelFileError) {
    try bytes.withElements { (bytes) throws(ModelFileError) in
      for row in 0..<count where row > 0 {
        let text = UnsafeBufferPointer(rebasing: bytes[range(at: row)])
        guard compare(at: row - 1, with: text) < 0 else {
          throw .badContents(
            "row \(row) of \(names.bytes) is not above the one before", place: place)
        }
      }
    }
  }
}
