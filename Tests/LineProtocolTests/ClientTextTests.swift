import LineProtocol
import Testing

/// What an error gives back of a client's words.
struct ClientTextTests {
  private static func many(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test(arguments: [
    ("", ""), ("abc", "abc"), (many("x", 64), many("x", 64)),
    (many("x", 65), many("x", 64) + "..."),
    // Two bytes each, of which the 64th begins one.
    ("x" + many("é", 40), "x" + many("é", 31) + "..."),
    ("xx" + many("é", 31), "xx" + many("é", 31)),
    // Four bytes each.
    ("xxx" + many("😀", 16), "xxx" + many("😀", 15) + "..."),
    // One character to a reader, however long.
    ("e" + many("\u{301}", 30_000), "e" + many("\u{301}", 31) + "..."),
  ])
  func isCutBetweenCharacters(_ text: String, _ echo: String) {
    #expect(Array(ClientText.echo(text).utf8) == Array(echo.utf8))
  }

  @Test func whatIsNoTextIsStillNoLonger() {
    for byte in [0xFF, 0x80, 0xC3, 0xF0] as [UInt8] {
      for count in [1, 21, 22, 63, 64, 65, 66, 67, 1000] {
        let echo = ClientText.echo([UInt8](repeating: byte, count: count))
        #expect(echo.utf8.count <= 64 + 3)
        #expect(echo.hasPrefix("\u{FFFD}"))
        #expect(echo.hasSuffix("...") == (count > 21), "\(byte) \(count)")
      }
    }
  }

  @Test func wordsAreReadInAnyCaseOfASCII() {
    #expect(ClientText.word(Array("getName_09".utf8)[...]) == "GETNAME_09")
    #expect(ClientText.word(Array("ınfo".utf8)[...]) == nil)
    #expect(ClientText.word([UInt8](repeating: 0x61, count: 65)[...]) == nil)
    #expect(CommandTable.find(Array("ınfo".utf8)[...]) == nil)
  }

  /// Each command with a long word in each place: the error is as short as with a short one.
  @Test(arguments: CommandTable.all.map(\.name.rawValue) + [""])
  func everyErrorIsShort(_ command: String) {
    let long = "e" + String(repeating: "\u{301}", count: 30_000)
    for others in 0..<4 {
      for place in 0...others {
        var words = [command] + (0..<others).map { _ in "1" }
        if command.isEmpty { words[0] = long } else { words.insert(long, at: place + 1) }
        let request = Request(form: .array, words)
        var session = Session(identifier: 1, server: .init(version: "1", settings: []))
        do throws(ErrorReply) {
          _ = try session.answer(
            CommandArguments(of: request, for: CommandTable.command(named: request[0])))
        } catch {
          #expect(error.description.utf8.count < 400, "\(words.map { $0.prefix(5) })")
        }
      }
    }
  }
}
