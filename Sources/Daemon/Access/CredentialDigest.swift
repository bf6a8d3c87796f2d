import Crypto
package import LineProtocol

/// What is kept in memory of a name and a password: their HMAC under a key of this process's own, from which nothing can be found out
/// without that.
package struct CredentialDigest: Sendable {
  /// The key of one process.
  package struct Key: Sendable {
    private let key = SymmetricKey(size: .bits256)

    /// A new one.
    package init() {}

    /// The digest of `credentials`.
    package func digest(of credentials: Credentials) -> CredentialDigest {
      var code = HMAC<SHA256>(key: key)
      let user = Array(credentials.user.utf8)
      // The length keeps one pair apart from another.
      code.update(data: withUnsafeBytes(of: UInt64(user.count)) { Array($0) })
      code.update(data: user)
      code.update(data: credentials.password)
      return CredentialDigest(code: code.finalize())
    }
  }

  private let code: HMAC<SHA256>.MAC

  /// Whether both are of the same; in a time that does not depend on them.
  package func matches(_ other: CredentialDigest) -> Bool { code == other.code }
}
