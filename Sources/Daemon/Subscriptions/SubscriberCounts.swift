import LineProtocol
import Synchronization

/// The numbers of connections with subscriptions, over all event loops, for PUBSUB and INFO.
final class SubscriberCounts: Sendable {
  private struct Counts {
    var channels: [String: Int] = [:]
    var patterns: [GlobPattern: Int] = [:]
    var connections = 0
  }
  private let counts = Mutex(Counts())

  /// Records that the subscriptions of a connection changed from `old` to `new`.
  func change(from old: Subscriptions, to new: Subscriptions) {
    guard old != new else { return }
    counts.withLock { counts in
      for channel in old.channels { counts.channels.add(-1, to: channel) }
      for channel in new.channels { counts.channels.add(1, to: channel) }
      for pattern in old.patterns { counts.patterns.add(-1, to: pattern) }
      for pattern in new.patterns { counts.patterns.add(1, to: pattern) }
      counts.connections += (new.count > 0 ? 1 : 0) - (old.count > 0 ? 1 : 0)
    }
  }

  /// The number of connections with subscriptions.
  var connectionCount: Int { counts.withLock { $0.connections } }

  /// The number of channels with subscribers by name.
  var channelCount: Int { counts.withLock { $0.channels.count } }

  /// The number of subscribed patterns.
  var patternCount: Int { counts.withLock { $0.patterns.count } }

  /// The channels with subscribers by name, sorted.
  var channels: [String] { counts.withLock { $0.channels.keys.sorted() } }

  /// Returns the number of subscribers to `channel` by name.
  func count(of channel: String) -> Int { counts.withLock { $0.channels[channel] ?? 0 } }
}

extension Dictionary where Value == Int {
  /// Adds to a count, and removes it once it is zero.
  fileprivate mutating func add(_ number: Int, to key: Key) {
    let count = self[key, default: 0] + number
    self[key] = count > 0 ? count : nil
  }
}
