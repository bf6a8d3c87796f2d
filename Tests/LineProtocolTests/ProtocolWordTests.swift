import LineProtocol
import Testing

/// How the protocol treats words from a client.
struct ProtocolWordTests {
  @Test func wordsAreReadInAnyCaseOfASCII() {
    #expect(ProtocolWord.read(Array("getName_09".utf8)[...]) == "GETNAME_09")
    #expect(ProtocolWord.read(Array("ınfo".utf8)[...]) == nil)
    #expect(ProtocolWord.read([UInt8](repeating: 0x61, count: 65)[...]) == nil)
    #expect(TestCommands.table.find(Array("ınfo".utf8)[...]) == nil)
  }

  /// Tests each command with a long word in each place: the error is as short as for a short one.
  @Test(arguments: TestCommands.table.all.map(\.name) + [""])
  func everyErrorIsShort(_ command: String) {
    let long = "e" + String(repeating: "\u{301}", count: 30_000)
    for others in 0..<4 {
      for place in 0...others {
        var words = [command] + (0..<others).map { _ in "1" }
        if command.isEmpty { words[0] = long } else { words.insert(long, at: place + 1) }
        let request = Request(form: .array, words)
        var session = Session(
          identifier: 1, server: .init(version: "1", commands: TestCommands.table))
        do throws(ErrorReply) {
          _ = try session.reply(to: request)
        } catch {
          #expect(error.description.utf8.count < 400, "\(words.map { $0.prefix(5) })")
        }
      }
    }
  }
}
