import ModelRegistry

/// Many texts in a mapped file: their UTF-8 bytes one behind the other, and where each ends.
///
/// The file's contents are not trusted: where an end lies is clamped to the bytes when it is used,
/// so that a hostile file gives wrong texts and never a look outside them.
struct StoredTexts: Sendable {
  let bytes: ModelColumn<UInt8>
  let ends: ModelColumn<UInt64>

  /// The number of texts.
  var count: Int { ends.count }

  /// Where in `bytes` the text at `position` lies. Traps outside `0 ..< count`.
  func range(at position: Int) -> Range<Int> {
    let end = Int(min(ends[position], UInt64(bytes.count)))
    let start = position == 0 ? 0 : Int(min(ends[position - 1], UInt64(end)))
    return start..<end
  }

  /// The text at `position`; bytes that are not UTF-8 are shown as U+FFFD.
  subscript(position: Int) -> String {
    bytes.withElements(in: range(at: position)) { String(decoding: $0, as: UTF8.self) }
  }

  /// How the text at `position` compares with `other` by bytes: negative when it comes before it, 0
  /// when they are equal.
  func compare(at position: Int, with other: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.withElements(in: range(at: position)) { text in
      for (left, right) in zip(text, other) where left != right { return Int(left) - Int(right) }
      return text.count - other.count
    }
  }
}
