import LineProtocol
import Testing

/// Glob patterns for names, as in Redis.
struct GlobPatternTests {
  @Test(arguments: [
    ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false),
    ("a?c", "abc", true), ("a?c", "ac", false), ("h*llo", "heeello", true), ("h*llo", "hllo", true),
    ("*max*", "slowlog-max-len", true), ("**a**", "xay", true), ("a*b*c", "abbbc", true),
    ("a*b*c", "abbbcd", false), ("h[ae]llo", "hallo", true), ("h[ae]llo", "hillo", false),
    ("h[^e]llo", "hallo", true), ("h[^e]llo", "hello", false), ("h[a-c]llo", "hbllo", true),
    ("h[c-a]llo", "hbllo", true), ("h[a-c]llo", "hdllo", false), ("a\\*c", "a*c", true),
    ("a\\*c", "abc", false), ("[a", "a", true), ("[", "a", false), ("a[\\]]", "a]", true),
    ("ab", "abc", false), ("abc", "ab", false), ("\\", "\\", true),
  ])
  func matchesAsRedisDoes(_ pattern: String, _ name: String, _ isMatch: Bool) {
    #expect(GlobPattern(pattern).matches(name) == isMatch)
  }

  @Test func lettersMayBeOfAnyCase() {
    #expect(!GlobPattern("MAX*").matches("maxclients"))
    #expect(GlobPattern("MAX*").matches("maxclients", caseless: true))
    #expect(GlobPattern("[a-z]AXCLIENTS").matches("Maxclients", caseless: true))
    #expect(GlobPattern("MAX[A-Z]LIENTS").matches("maxclients", caseless: true))
    #expect(!GlobPattern("MAX[D-Z]LIENTS").matches("maxclients", caseless: true))
  }

  /// A pattern of many stars cannot keep a processor busy.
  @Test func manyStarsTakeNoTime() {
    let pattern = GlobPattern(String(repeating: "*a", count: 100) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 20_000)))
  }
}
