/// What a connection has asked to be told of without asking again.
package struct Subscriptions: Sendable, Equatable {
  /// The channels, each once.
  package private(set) var channels: [String] = []
  /// The patterns of channels, each once.
  package private(set) var patterns: [GlobPattern] = []

  /// The most channels, and the most patterns, of a connection.
  package static let limit = 64
  /// The most bytes of the name of a channel, and of a pattern.
  package static let nameByteLimit = 256

  /// Nothing.
  package init() {}

  /// How many there are, as the replies count them.
  package var count: Int { channels.count + patterns.count }

  /// Adds a channel, unless it is there.
  package mutating func add(channel: String) {
    if !channels.contains(channel) { channels.append(channel) }
  }

  /// Adds a pattern, unless it is there.
  package mutating func add(pattern: GlobPattern) {
    if !patterns.contains(pattern) { patterns.append(pattern) }
  }

  /// Takes a channel out, if it is there.
  package mutating func remove(channel: String) { channels.removeAll { $0 == channel } }

  /// Takes a pattern out, if it is there.
  package mutating func remove(pattern: GlobPattern) { patterns.removeAll { $0 == pattern } }
}
