import LineProtocol
import Testing

/// A connection's subscriptions.
struct SubscriptionsTests {
  @Test func theirMemoryIsCounted() {
    var subscriptions = Subscriptions()
    #expect(subscriptions.byteCount == 0)
    subscriptions.add(channel: "recommender")
    let one = subscriptions.byteCount
    #expect(one >= 11)
    subscriptions.add(channel: "recommender")
    #expect(subscriptions.byteCount == one)
    let pattern = GlobPattern(String(repeating: "*", count: 256))
    subscriptions.add(pattern: pattern)
    subscriptions.add(pattern: pattern)
    let both = subscriptions.byteCount
    #expect(both >= one + 512 && both < 2 * (one + 512))
    subscriptions.remove(channel: "other")
    #expect(subscriptions.byteCount == both)
    subscriptions.remove(channel: "recommender")
    subscriptions.remove(pattern: pattern)
    #expect(subscriptions.byteCount == 0 && subscriptions.count == 0)
  }
}
