import LineProtocol

/// The users that may be logged in, as an event loop knows them. Clients whose user is gone or has changed are logged
/// out.
struct LoginTable: Sendable {
  /// The generation of the users; 0 if there are none, so that everybody may do everything.
  let generation: Int
  private let logins: [String: Login]

  /// The table of a server without users.
  static let open = LoginTable(generation: 0, logins: [:])

  init(generation: Int, logins: [String: Login]) {
    self.generation = generation
    self.logins = logins
  }

  /// The login of the user called `name`; `nil` if there is none.
  subscript(name: String) -> Login? { logins[name] }

  /// The number of users.
  var count: Int { logins.count }

  /// Renews the login of `session` if its user is still the same, else logs it out.
  func renew(_ session: inout Session) {
    session.admit(
      session.login.flatMap { logins[$0.user] == $0 ? $0 : nil }, generation: generation)
  }
}
