/// The words of the protocol: commands, subcommands and options, read in any case.
package enum ProtocolWord {
  /// `bytes` as such a word, in upper case; nil when they can't be one, as they are longer than any or
  /// not of ASCII. Takes a time that their length does not change.
  package static func read(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count <= byteLimit, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    return String(
      decoding: bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
  }

  /// Longer than any word of the protocol.
  private static let byteLimit = 64
}
