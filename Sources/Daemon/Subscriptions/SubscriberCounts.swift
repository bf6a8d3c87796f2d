import LineProtocol
import Synchronization

/// How many connections of all event loops are told of what, as PUBSUB and INFO say.
final class SubscriberCounts: Sendable {
  private struct Counts {
    var channels: [String: Int] = [:]
    var patterns: [GlobPattern: Int] = [:]
    var connections = 0
  }
  private let counts = Mutex(Counts())

  /// Notes that a connection that was told of `old` is told of `new`.
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

  /// Connections that are told of anything.
  var connectionCount: Int { counts.withLock { $0.connections } }

  /// Channels that somebody has named.
  var channelCount: Int { counts.withLock { $0.channels.count } }

  /// Patterns that anybody has.
  var patternCount: Int { counts.withLock { $0.patterns.count } }

  /// The channels that somebody has named, by their names.
  var channels: [String] { counts.withLock { $0.channels.keys.sorted() } }

  /// How many have named `channel`.
  func count(of channel: String) -> Int { counts.withLock { $0.channels[channel] ?? 0 } }
}

extension Dictionary where Value == Int {
  /// Adds to a count, and takes out what is counted no more.
  fileprivate mutating func add(_ number: Int, to key: Key) {
    let count = self[key, default: 0] + number
    self[key] = count > 0 ? count : nil
  }
}
