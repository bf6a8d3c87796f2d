/// What is made of text that a client sent, however long it is, in a time that its length does not
/// change.
package enum ClientText {
  /// `bytes` as a word of the protocol, in upper case: a command, a subcommand, an option. nil when it
  /// can't be one, as it is longer than any or not of ASCII.
  package static func word(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count <= wordLimit, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    return String(
      decoding: bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
  }

  /// Longer than any word of the protocol.
  private static let wordLimit = 64
}
