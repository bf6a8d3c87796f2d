import Crypto

/// The forgotten users of a store. It can test any id for membership but does not reveal who the members are:
/// it holds HMAC-SHA-256 digests of their ids under a key of the store's own.
package struct ForgottenUsers: Sendable {
  private let key: ForgettingKey?
  private let digests: Set<[UInt8]>

  /// Creates the set of users with the given hexadecimal digests under the store's key; a nil key means that
  /// no user was forgotten. Invalid digests are ignored.
  package init(key: ForgettingKey?, digests: [String]) {
    self.key = key
    self.digests = Set(digests.compactMap { [UInt8](hexadecimal: $0) })
  }

  /// Whether no user was forgotten.
  package var isEmpty: Bool { key == nil || digests.isEmpty }

  /// Returns whether `user` was forgotten. Computes an HMAC unless the set is empty.
  package func contains(_ user: UserID) -> Bool {
    guard let key, !digests.isEmpty else { return false }
    return digests.contains(key.authenticate(user))
  }
}

/// The secret key with which a store recognises forgotten users. Without it, nobody can identify the users of
/// a list of digests by trying ids.
package struct ForgettingKey: Sendable {
  private static let byteCount = 32
  private let bytes: [UInt8]

  /// Creates a key of random bytes.
  package init() {
    var source = SystemRandomNumberGenerator()
    bytes = (0..<Self.byteCount).map { _ in source.next() }
  }

  /// Decodes a key from ``hexadecimal``; nil if `text` is not a valid key.
  package init?(hexadecimal text: String) {
    guard let bytes = [UInt8](hexadecimal: text), bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// The key as stored.
  package var hexadecimal: String { bytes.hexadecimal }

  /// Returns the digest of a user's id, in hexadecimal. An integer has the digest of its text, so the digest
  /// does not depend on which of the two a ratings table stores.
  package func digest(of user: UserID) -> String { authenticate(user).hexadecimal }

  fileprivate func authenticate(_ user: UserID) -> [UInt8] {
    var hash = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    hash.update(data: Array(user.description.utf8))
    return Array(hash.finalize())
  }
}

extension [UInt8] {
  /// Decodes hexadecimal `text` to bytes; nil if it is not valid.
  fileprivate init?(hexadecimal text: String) {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[position], let low = digits[position + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    self = bytes
  }

  fileprivate var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
