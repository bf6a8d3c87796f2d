import Daemon
import NIOCore
import TestEnvironment
import Testing

struct CachedAnswerTests {
  /// Whatever the cache's size, answers are those that are computed.
  @Test(arguments: [1000, 20_000, 1 << 20])
  func areThoseThatWouldBeComputed(_ cacheBytes: Int) throws {
    let model = try TestServer.served(
      Catalogue.random(userCount: 60, itemCount: 40, factorCount: 3, seed: 7))
    var limits = ServerLimits()
    limits.cacheBytes = 0
    var computed = Conversation(about: model, limits: limits, version: "0")
    limits.cacheBytes = cacheBytes
    var cached = Conversation(about: model, limits: limits, version: "0")
    var random = SplitMix64(seed: 8)
    for _ in 0..<5000 {
      let user = Int.random(in: 0..<70, using: &random)
      let count = Int.random(in: 1..<4, using: &random)
      let requests = [
        "RECOMMEND \(user) COUNT \(count)\n", "PREDICT \(user) \(count)\n",
        "SIMILAR \(count) COUNT 2\n", "PREDICT \(user)\(count) 1\n",
        "*4\r\n$9\r\nRECOMMEND\r\n$2\r\n\(user < 10 ? "0" : "")\(user)\r\n$5\r\nCOUNT\r\n$1\r\n\(count)\r\n",
      ]
      let request = requests.randomElement(using: &random) ?? ""
      #expect(answer(&cached, request) == answer(&computed, request), "\(request)")
    }
    let hits = answer(&cached, "INFO stats\n")
    #expect(!hits.contains("\"cache_hits\":0,"))
    #expect(answer(&computed, "INFO stats\n").contains("\"cache_hits\":0,"))
  }

  private func answer(_ conversation: inout Conversation, _ request: String) -> String {
    var input = ByteBuffer(string: request)
    var output = ByteBuffer()
    _ = conversation.answer(&input, into: &output)
    return String(buffer: output)
  }

  @Test func idsOfTextAreFoundAndGivenBackAsTheyAre() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.textContents()), version: "0")
    #expect(
      answer(&conversation, "PREDICT \"mal lory\" beta\n").hasPrefix(
        #"{"user":"mal lory","item":"beta","#))
    #expect(answer(&conversation, "RECOMMEND zoë COUNT 1\n").contains(#""item":"omega""#))
    #expect(answer(&conversation, "PREDICT ada bet\n").contains("UNKNOWN_ITEM"))
    #expect(answer(&conversation, "PREDICT \"\" beta\n").contains("BAD_ARGUMENT"))
    #expect(answer(&conversation, "PREDICT \"\\xff\" beta\n").contains("BAD_ARGUMENT"))
  }
}
