/// A name and a password, as a client gave them.
package struct Credentials: Sendable {
  package let user: String
  package let password: [UInt8]

  /// Who is meant where a password stands alone, as in Redis.
  package static let usualUser = "default"

  /// Longer names and passwords are nobody's.
  package static let byteLimit = 1024

  package init(user: String, password: [UInt8]) {
    self.user = user
    self.password = password
  }
}

/// Who a connection speaks for: somebody whose password was given.
package struct Login: Sendable, Equatable {
  package let user: String
  package let role: Role
  /// Another one as soon as anything about the user is changed.
  package let revision: Int

  package init(user: String, role: Role, revision: Int) {
    self.user = user
    self.role = role
    self.revision = revision
  }
}

/// What a command of ``Command/Answer/login(_:)`` asks for.
package struct LoginRequest: Sendable {
  /// What has to be right; nil where nothing has to be.
  package let credentials: Credentials?
  /// Does what is to be done then, and returns the reply.
  package let finish: @Sendable (inout Session) -> Reply

  package init(
    _ credentials: Credentials?, finish: @escaping @Sendable (inout Session) -> Reply
  ) {
    self.credentials = credentials
    self.finish = finish
  }
}

extension ErrorReply {
  /// A command before AUTH. Redis's own text.
  static let notAuthenticated = ErrorReply(
    .notAuthenticated, "Authentication required", remedy: "Say AUTH user password first.")

  /// HELLO before AUTH. Redis's own text, in short.
  static let helloWithoutPassword = ErrorReply(
    .notAuthenticated, "HELLO must be called with the client already authenticated",
    remedy: "Say HELLO version AUTH user password.")

  /// AUTH with what is nobody's. Redis's own text, but for users that are disabled.
  package static let wrongPassword = ErrorReply(
    .wrongPassword, "invalid username-password pair",
    remedy: "Say AUTH user password with those that the server's administrator gave out.")

  /// A command that a user's role does not reach. Redis's own text.
  static func notPermitted(_ user: String, _ command: String, needing role: Role) -> ErrorReply {
    ErrorReply(
      .noPermission, "User \(user) has no permissions to run the '\(command)' command",
      remedy: "It needs the role \(role.rawValue).")
  }
}
