/// What a connection has asked to be told of without asking again.
package struct Subscriptions: Sendable, Equatable {
  /// The channels, each once.
  package private(set) var channels: [String] = []
  /// The patterns of channels, each once.
  package private(set) var patterns: [GlobPattern] = []

  /// The memory that they take, or a little more.
  package private(set) var byteCount = 0

  /// The most channels, and the most patterns, of a connection.
  package static let limit = 64
  /// The most bytes of the name of a channel, and of a pattern.
  package static let nameByteLimit = 256

  /// Nothing.
  package init() {}

  /// How many there are, as the replies count them.
  package var count: Int { channels.count + patterns.count }

  /// Whether a connection may have so many.
  package var areWithinLimit: Bool {
    channels.count <= Self.limit && patterns.count <= Self.limit
  }

  /// Adds a channel, unless it is there.
  package mutating func add(channel: String) {
    guard !channels.contains(channel) else { return }
    channels.append(channel)
    byteCount += Self.byteCount(of: channel)
  }

  /// Adds a pattern, unless it is there.
  package mutating func add(pattern: GlobPattern) {
    guard !patterns.contains(pattern) else { return }
    patterns.append(pattern)
    byteCount += Self.byteCount(of: pattern)
  }

  /// Takes a channel out, if it is there.
  package mutating func remove(channel: String) {
    guard let place = channels.firstIndex(of: channel) else { return }
    channels.remove(at: place)
    byteCount -= Self.byteCount(of: channel)
  }

  /// Takes a pattern out, if it is there.
  package mutating func remove(pattern: GlobPattern) {
    guard let place = patterns.firstIndex(of: pattern) else { return }
    patterns.remove(at: place)
    byteCount -= Self.byteCount(of: pattern)
  }

  /// What a name takes beside its bytes, as those of the standard library do.
  private static let overhead = 64

  private static func byteCount(of channel: String) -> Int { channel.utf8.count + overhead }

  /// A pattern is kept as text and as bytes.
  private static func byteCount(of pattern: GlobPattern) -> Int {
    2 * byteCount(of: pattern.text)
  }
}
