import Errors
import Testing

/// Tests the excerpts of external text that messages quote.
struct ExcerptTests {
  private static func many(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test(arguments: [
    ("", ""), ("abc", "abc"), (many("x", 64), many("x", 64)),
    (many("x", 65), many("x", 64) + "..."),
    // Two bytes each; the cut falls at the first byte of a character.
    ("x" + many("é", 40), "x" + many("é", 31) + "..."),
    ("xx" + many("é", 31), "xx" + many("é", 31)),
    // Four bytes each.
    ("xxx" + many("😀", 16), "xxx" + many("😀", 15) + "..."),
    // Control characters that would affect a terminal.
    ("a\u{1B}[31m\0\n\u{9B}z", "a\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}z"),
    (many("\0", 22), many("\u{FFFD}", 21) + "..."),
    // One grapheme cluster, however long.
    ("e" + many("\u{301}", 30_000), "e" + many("\u{301}", 31) + "..."),
  ])
  func isCutBetweenCharacters(_ text: String, _ excerpt: String) {
    #expect(Array(Excerpt.of(text).utf8) == Array(excerpt.utf8))
  }

  @Test func whatIsNoTextIsStillNoLonger() {
    for byte in [0xFF, 0x80, 0xC3, 0xF0] as [UInt8] {
      for count in [1, 21, 22, 63, 64, 65, 66, 67, 1000] {
        let excerpt = Excerpt.of([UInt8](repeating: byte, count: count))
        #expect(excerpt.utf8.count <= 64 + 3)
        #expect(excerpt.hasPrefix("\u{FFFD}"))
        #expect(excerpt.hasSuffix("...") == (count > 21), "\(byte) \(count)")
      }
    }
  }
}
