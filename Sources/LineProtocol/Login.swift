/// A name and a password, as given by a client.
package struct Credentials: Sendable {
  package let user: String
  package let password: [UInt8]

  /// The user that a password without a name is for, as in Redis.
  package static let usualUser = "default"

  /// Longer names and passwords belong to nobody.
  package static let byteLimit = 1024

  package init(user: String, password: [UInt8]) {
    self.user = user
    self.password = password
  }
}

/// The user that a connection is logged in as, after a correct password.
package struct Login: Sendable, Equatable {
  package let user: String
  package let role: Role
  /// Changes as soon as anything about the user is changed.
  package let revision: Int

  package init(user: String, role: Role, revision: Int) {
    self.user = user
    self.role = role
    self.revision = revision
  }
}

/// The request of a command with ``Command/Answer/login(_:)``.
package struct LoginRequest: Sendable {
  /// The credentials to check; `nil` if there are none.
  package let credentials: Credentials?
  /// Completes the command once they are right, and returns the reply.
  package let finish: @Sendable (inout Session) -> Reply

  package init(
    _ credentials: Credentials?, finish: @escaping @Sendable (inout Session) -> Reply
  ) {
    self.credentials = credentials
    self.finish = finish
  }
}

extension ErrorReply {
  /// The error for a command before AUTH. Redis's own text.
  static let notAuthenticated = ErrorReply(
    .notAuthenticated, "Authentication required", remedy: "Send AUTH user password first.")

  /// The error for HELLO before AUTH. Redis's own text, shortened.
  static let helloWithoutPassword = ErrorReply(
    .notAuthenticated, "HELLO must be called with the client already authenticated",
    remedy: "Send HELLO version AUTH user password.")

  /// The error for AUTH with wrong credentials. Redis's own text, without its part on disabled users.
  package static let wrongPassword = ErrorReply(
    .wrongPassword, "invalid username-password pair",
    remedy: "Send AUTH with the user and password from the server's administrator.")

  /// Returns the error for a command that the user's role does not permit. Redis's own text.
  static func notPermitted(_ user: String, _ command: String, needing role: Role) -> ErrorReply {
    ErrorReply(
      .noPermission, "User \(user) has no permissions to run the '\(command)' command",
      remedy: "It needs the role \(role.rawValue).")
  }
}
