import LineProtocol

/// Who may be logged in, as an event loop knows it: whoever is, and is not here any more, or is another one, is logged out.
struct LoginTable: Sendable {
  /// Which state of the users it is; 0 where there are none, so that everybody may do everything.
  let generation: Int
  private let logins: [String: Login]

  /// A server without users.
  static let open = LoginTable(generation: 0, logins: [:])

  init(generation: Int, logins: [String: Login]) {
    self.generation = generation
    self.logins = logins
  }

  /// What the user called `name` is known as; nil where there is none.
  subscript(name: String) -> Login? { logins[name] }

  /// How many users there are.
  var count: Int { logins.count }

  /// Has `session` speak for whom it spoke, as far as that is still the same user.
  func renew(_ session: inout Session) {
    session.admit(
      session.login.flatMap { logins[$0.user] == $0 ? $0 : nil }, generation: generation)
  }
}
