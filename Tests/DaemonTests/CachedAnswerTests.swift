import Daemon
import TestEnvironment
import Testing

struct CachedAnswerTests {
  /// Whatever the cache's size, answers equal the computed ones.
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
      #expect(cached.answer(request) == computed.answer(request), "\(request)")
    }
    let hits = cached.answer("INFO stats\n")
    #expect(!hits.contains("\"cache_hits\":0,"))
    #expect(computed.answer("INFO stats\n").contains("\"cache_hits\":0,"))
  }

  /// A cache with room keeps what was asked; a small one keeps what was asked last.
  @Test func areKeptAsFarAsThereIsRoom() throws {
    let model = try TestServer.served(
      Catalogue.random(userCount: 3000, itemCount: 20, factorCount: 2, seed: 3))
    for (cacheBytes, isRoomy) in [(1 << 20, true), (40_000, false)] {
      var limits = ServerLimits()
      limits.cacheBytes = cacheBytes
      var conversation = Conversation(about: model, limits: limits, version: "0")
      func hits(asking users: some Sequence<Int>) throws -> Int {
        let before = try conversation.counts()["cache_hits"] ?? 0
        for user in users { _ = conversation.answer("RECOMMEND \(user) COUNT 1\n") }
        return try (conversation.counts()["cache_hits"] ?? 0) - before
      }
      #expect(try hits(asking: 0..<3000) == 0)
      // A few entries are evicted by others with the same hash.
      #expect(try isRoomy ? hits(asking: 0..<3000) > 2970 : hits(asking: 0..<100) == 0)
      #expect(try hits(asking: isRoomy ? 0..<1 : 99..<100) == 1)
      let last = try hits(asking: (isRoomy ? 2900..<3000 : 60..<100).reversed())
      #expect(last > (isRoomy ? 97 : 35))
    }
  }

  @Test func idsOfTextAreFoundAndGivenBackAsTheyAre() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.textContents()), version: "0")
    #expect(
      conversation.answer("PREDICT \"mal lory\" beta\n").hasPrefix(
        #"{"user":"mal lory","item":"beta","#))
    #expect(conversation.answer("RECOMMEND zoë COUNT 1\n").contains(#""item":"omega""#))
    #expect(conversation.answer("PREDICT ada bet\n").contains("UNKNOWN_ITEM"))
    #expect(conversation.answer("PREDICT \"\" beta\n").contains("BAD_ARGUMENT"))
    #expect(conversation.answer("PREDICT \"\\xff\" beta\n").contains("BAD_ARGUMENT"))
  }
}
