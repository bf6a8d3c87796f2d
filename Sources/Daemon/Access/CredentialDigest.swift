import Crypto
package import LineProtocol

/// What is kept in memory of a name and password: their HMAC under a key of this process. Without the key it reveals
/// nothing.
package struct CredentialDigest: Sendable {
  /// The key of a process.
  package struct Key: Sendable {
    private let key = SymmetricKey(size: .bits256)

    /// Creates a random key.
    package init() {}

    /// Returns the digest of `credentials`.
    package func digest(of credentials: Credentials) -> CredentialDigest {
      var code = HMAC<SHA256>(key: key)
      let user = Array(credentials.user.utf8)
      // The length keeps different pairs of user and password apart.
      code.update(data: withUnsafeBytes(of: UInt64(user.count)) { Array($0) })
      code.update(data: user)
      code.update(data: credentials.password)
      return CredentialDigest(code: code.finalize())
    }
  }

  private let code: HMAC<SHA256>.MAC

  /// Returns whether both are digests of the same credentials, in constant time.
  package func matches(_ other: CredentialDigest) -> Bool { code == other.code }
}
