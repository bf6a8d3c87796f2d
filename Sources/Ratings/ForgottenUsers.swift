import Crypto

/// Who was forgotten in a store. It can be asked of anybody whether they are among them, and does not say
/// who they are: it holds HMAC-SHA-256 of their ids under a key of the store's own.
package struct ForgottenUsers: Sendable {
  private let key: ForgettingKey?
  private let digests: Set<[UInt8]>

  /// Those with the given digests, in hexadecimal, under the store's key; nobody was forgotten where
  /// there is none. What is no digest is passed over.
  package init(key: ForgettingKey?, digests: [String]) {
    self.key = key
    self.digests = Set(digests.compactMap { [UInt8](hexadecimal: $0) })
  }

  /// Whether nobody was forgotten.
  package var isEmpty: Bool { key == nil || digests.isEmpty }

  /// Whether `user` was forgotten. Costs an HMAC, unless nobody was.
  package func contains(_ user: UserID) -> Bool {
    guard let key, !digests.isEmpty else { return false }
    return digests.contains(key.authenticate(user))
  }
}

/// The secret by which a store tells those whom it has forgotten: whoever has a list of digests without
/// it can't find out who is meant by trying ids.
package struct ForgettingKey: Sendable {
  private static let byteCount = 32
  private let bytes: [UInt8]

  /// A new key, of random bytes.
  package init() {
    var source = SystemRandomNumberGenerator()
    bytes = (0..<Self.byteCount).map { _ in source.next() }
  }

  /// The key that ``hexadecimal`` wrote; nil when it is none.
  package init?(hexadecimal text: String) {
    guard let bytes = [UInt8](hexadecimal: text), bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// The key as a store keeps it.
  package var hexadecimal: String { bytes.hexadecimal }

  /// The digest of a user's id, in hexadecimal. An integer has that of its text, so that it does not
  /// matter which of the two a table of ratings takes it for.
  package func digest(of user: UserID) -> String { authenticate(user).hexadecimal }

  fileprivate func authenticate(_ user: UserID) -> [UInt8] {
    var hash = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    hash.update(data: Array(user.description.utf8))
    return Array(hash.finalize())
  }
}

extension [UInt8] {
  /// The bytes that `text` writes in hexadecimal; nil when it does not.
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
