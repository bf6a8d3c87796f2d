import ModelRegistry
import Ratings

/// Texts in a mapped file: their UTF-8 bytes concatenated, with the end of each.
///
/// The file is not trusted: each end is clamped to the bytes when used, so that a hostile file yields wrong texts but
/// never an out-of-bounds access.
struct TextTable: Sendable {
  private let bytes: TensorColumn<UInt8>
  private let ends: TensorColumn<UInt64>
  private let names: (bytes: String, ends: String)

  /// Reads texts from two tensors of a file: `count` of them, or as many as there are.
  init(
    _ reader: TensorReader, bytes: String, ends: String, count: Int? = nil
  ) throws(ModelFileError) {
    names = (bytes, ends)
    self.bytes = try reader.column(bytes)
    let dimensions = if let count { [count] } else { try reader.dimensions(of: ends, rank: 1) }
    self.ends = try reader.column(ends, dimensions)
  }

  /// Returns the two tensors of `texts`.
  static func tensors(_ texts: TextColumn, bytes: String, ends: String) -> [OutgoingTensor] {
    [
      OutgoingTensor(bytes, texts.bytes),
      OutgoingTensor(ends, texts.ends.map { UInt64($0) }),
    ]
  }

  /// The number of texts.
  var count: Int { ends.count }

  /// Returns the byte range of the text at `position`. Traps outside `0 ..< count`.
  func range(at position: Int) -> Range<Int> {
    let end = Int(min(ends[position], UInt64(bytes.count)))
    let start = position == 0 ? 0 : Int(min(ends[position - 1], UInt64(end)))
    return start..<end
  }

  /// The text at `position`. Invalid UTF-8 is replaced by U+FFFD.
  subscript(position: Int) -> String {
    bytes.withElements(in: range(at: position)) { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the position of `text` among texts in ascending order, or nil if it is not there. O(log count).
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

  /// Compares the text at `position` with `other` by bytes. Returns a negative number if it sorts before `other`, and
  /// 0 if they are equal.
  private func compare(at position: Int, with other: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.withElements(in: range(at: position)) { text in
      for (left, right) in zip(text, other) where left != right { return Int(left) - Int(right) }
      return text.count - other.count
    }
  }

  /// Checks that ends ascend, that every byte belongs to a text, and that texts are valid UTF-8.
  func verify(place: String) throws(ModelFileError) {
    let byteCount = UInt64(bytes.count)
    var last: UInt64 = 0
    for row in 0..<count {
      guard ends[row] >= last, ends[row] <= byteCount else {
        throw .badContents(
          "row \(row) of \(names.ends) is \(ends[row]), not from \(last) to \(byteCount)",
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

  /// Checks that texts are in strictly ascending byte order.
  func verifyAscending(place: String) throws(ModelFileError) {
    try bytes.withElements { (bytes) throws(ModelFileError) in
      for row in 0..<count where row > 0 {
        let text = UnsafeBufferPointer(rebasing: bytes[range(at: row)])
        guard compare(at: row - 1, with: text) < 0 else {
          throw .badContents(
            "row \(row) of \(names.bytes) is not greater than the previous one", place: place)
        }
      }
    }
  }
}
