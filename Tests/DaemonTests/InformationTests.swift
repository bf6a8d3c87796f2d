import Daemon
import Foundation
import Testing

/// What the daemon says of itself, and options of answers that no transcript shows.
struct InformationTests {
  @Test func whatIsAskedIsCounted() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    for request in ["PING", "PREDICT 1 10", "PREDICT 1 10", "PREDICT 1", "NOTHING", "\"x"] {
      _ = conversation.answer(request + "\n")
    }
    let counted = try conversation.counts()
    #expect(counted["total_commands_processed"] == 7)
    #expect(counted["total_error_replies"] == 3)
    #expect(counted["cache_hits"] == 1)
    #expect(counted["computed_answers"] == 1)
  }

  @Test func similarItemsWithFewRatingsStandBehindAllOthers() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    func items(_ request: String) throws -> [Int] {
      let object = try JSONSerialization.jsonObject(
        with: Data(conversation.answer(request + "\n").utf8))
      let items = (object as? [String: Any])?["items"] as? [[String: Any]]
      return try #require(items).compactMap { $0["item"] as? Int }
    }
    #expect(try items("SIMILAR 10 MINRATINGS 0") == [20, 60])
    // 20 has one rating.
    #expect(try items("SIMILAR 10 MINRATINGS 2") == [60, 20])
  }

  @Test func infoHasTheSectionsThatWereAskedFor() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    func sections(_ request: String) throws -> [String] {
      let object = try JSONSerialization.jsonObject(
        with: Data(conversation.answer(request + "\n").utf8))
      return try #require(object as? [String: Any]).keys.sorted()
    }
    let all = ["clients", "model", "server", "stats"]
    #expect(try sections("INFO") == all)
    #expect(try sections("INFO everything") == all)
    #expect(try sections("INFO Model") == ["model"])
    #expect(try sections("INFO stats SERVER nothing") == ["server", "stats"])
    #expect(try sections("INFO nothing") == [])
  }
}
