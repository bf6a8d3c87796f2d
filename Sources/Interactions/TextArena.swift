import Foundation
import Ratings

/// Different texts in one run of bytes, each with 32 bits of its hash, so that comparing and
/// rehashing seldom look at the bytes.
struct TextArena {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var codes: [UInt32] = []

  var count: Int { ends.count }

  mutating func append(_ text: UnsafeRawBufferPointer, code: UInt32) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    codes.append(code)
  }

  func code(at row: Int) -> UInt32 { codes[row] }

  func holds(_ text: UnsafeRawBufferPointer, code: UInt32, at row: Int) -> Bool {
    codes[row] == code && holds(text, at: row)
  }

  func holds(_ text: UnsafeRawBufferPointer, at row: Int) -> Bool {
    let start = row == 0 ? 0 : ends[row - 1]
    guard ends[row] - start == text.count else { return false }
    return bytes.withUnsafeBytes {
      text.isEmpty || memcmp($0.baseAddress! + start, text.baseAddress!, text.count) == 0
    }
  }

  /// Gives `body` all texts, to compare.
  func withTexts<Result>(_ body: (Texts) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
      ends.withUnsafeBufferPointer { body(Texts(bytes: bytes, ends: $0)) }
    }
  }

  /// The texts in the given order.
  func column(in order: [UInt32]) -> TextColumn {
    var column = TextColumn()
    for row in order {
      let start = row == 0 ? 0 : ends[Int(row) - 1]
      column.append(utf8: bytes[start..<ends[Int(row)]])
    }
    return column
  }

  /// All texts of an arena, while its memory is held.
  struct Texts {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let ends: UnsafeBufferPointer<Int>

    var count: Int { ends.count }

    subscript(row: Int) -> Text {
      Text(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]]))
    }
  }

  /// One text of an arena, while its memory is held.
  struct Text {
    fileprivate let bytes: UnsafeRawBufferPointer

    /// Whether this text comes before `other`, byte by byte, as ids are ordered.
    func precedes(_ other: Text) -> Bool {
      let shared = min(bytes.count, other.bytes.count)
      let order =
        shared == 0 ? 0 : memcmp(bytes.baseAddress!, other.bytes.baseAddress!, shared)
      return order < 0 || (order == 0 && bytes.count < other.bytes.count)
    }
  }
}
