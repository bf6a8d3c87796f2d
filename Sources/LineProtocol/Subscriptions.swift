/// The subscriptions of a connection.
package struct Subscriptions: Sendable, Equatable {
  /// The channels, each once.
  package private(set) var channels: [String] = []
  /// The patterns of channels, each once.
  package private(set) var patterns: [GlobPattern] = []

  /// The memory they take, or a little more, in bytes.
  package private(set) var byteCount = 0

  /// The maximum number of channels, and of patterns, of a connection.
  package static let limit = 64
  /// The maximum length of a channel's name, and of a pattern, in bytes.
  package static let nameByteLimit = 256

  /// Creates empty subscriptions.
  package init() {}

  /// The number of channels and patterns, as the replies count them.
  package var count: Int { channels.count + patterns.count }

  /// Whether a connection may have this many.
  package var areWithinLimit: Bool {
    channels.count <= Self.limit && patterns.count <= Self.limit
  }

  /// Adds a channel, unless it is present.
  package mutating func add(channel: String) {
    guard !channels.contains(channel) else { return }
    channels.append(channel)
    byteCount += Self.byteCount(of: channel)
  }

  /// Adds a pattern, unless it is present.
  package mutating func add(pattern: GlobPattern) {
    guard !patterns.contains(pattern) else { return }
    patterns.append(pattern)
    byteCount += Self.byteCount(of: pattern)
  }

  /// Removes a channel, if it is present.
  package mutating func remove(channel: String) {
    guard let place = channels.firstIndex(of: channel) else { return }
    channels.remove(at: place)
    byteCount -= Self.byteCount(of: channel)
  }

  /// Removes a pattern, if it is present.
  package mutating func remove(pattern: GlobPattern) {
    guard let place = patterns.firstIndex(of: pattern) else { return }
    patterns.remove(at: place)
    byteCount -= Self.byteCount(of: pattern)
  }

  /// The memory of a name besides its bytes, such as that of the standard library's types.
  private static let overhead = 64

  private static func byteCount(of channel: String) -> Int { channel.utf8.count + overhead }

  /// A pattern is stored as text and as bytes.
  private static func byteCount(of pattern: GlobPattern) -> Int {
    2 * byteCount(of: pattern.text)
  }
}
