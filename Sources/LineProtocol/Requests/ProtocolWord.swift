/// The words of the protocol: commands, subcommands and options, regardless of case.
package enum ProtocolWord {
  /// Returns `bytes` as such a word, in upper case; `nil` if they are longer than any word or not ASCII. O(1), whatever
  /// their length.
  package static func read(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count <= byteLimit, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
    return String(
      decoding: bytes.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
  }

  /// Longer than any word of the protocol.
  private static let byteLimit = 64
}
