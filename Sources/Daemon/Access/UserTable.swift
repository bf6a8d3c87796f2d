import Errors
package import LineProtocol

/// The users of a server, as a file lists them: names, roles and password hashes.
///
/// One user a line, `name:role:hash`; empty lines, and lines that begin with `#`, are ignored.
package struct UserTable: Sendable, Equatable {
  /// A user.
  package struct User: Sendable, Equatable {
    package let name: String
    package let role: Role
    package let hash: PasswordHash

    package init(name: String, role: Role, hash: PasswordHash) {
      self.name = name
      self.role = role
      self.hash = hash
    }

    /// The user's line of a file.
    package var line: String { "\(name):\(role.rawValue):\(hash.text)" }
  }

  /// The maximum number of users.
  package static let countLimit = 10_000
  /// The maximum length of a name in bytes.
  package static let nameByteLimit = 64

  private var users: [String: User] = [:]

  /// Creates an empty table.
  package init() {}

  /// Parses the `text` of the file at `path`; throws an error that names the first malformed line.
  package init(reading text: String, of path: String) throws(AccessError) {
    for (number, line) in Self.lines(of: text).enumerated()
    where !line.isEmpty && !line.hasPrefix("#") {
      let place = "\(path):\(number + 1)"
      guard users.count < Self.countLimit else {
        throw AccessError(
          .badUsers, "there are more than \(Self.countLimit) users", place: place,
          remedy: "Have the clients of one program share a user.")
      }
      let user = try Self.user(line, at: place)
      guard users.updateValue(user, forKey: user.name) == nil else {
        throw AccessError(
          .badUsers, "the user \(user.name) appears twice", place: place,
          remedy: "Remove one of the lines.")
      }
    }
  }

  /// Returns the lines of `text`, which may end in CRLF: to Swift, both bytes are one character.
  static func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  private static func user(
    _ line: Substring, at place: String
  ) throws(AccessError) -> User {
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else {
      throw AccessError(
        .badUsers, "not of the form name:role:hash",
        place: place, remedy: "Write it with `latent passwd`, or remove it.")
    }
    let name = String(fields[0])
    guard isName(name) else {
      throw AccessError(
        .badUsers, "'\(Excerpt.of(name))' is not a valid user name", place: place,
        remedy: nameRemedy)
    }
    guard let role = Role(rawValue: String(fields[1])) else {
      throw AccessError(
        .badUsers,
        "the user \(name) has an unknown role: '\(Excerpt.of(String(fields[1])))'",
        place: place,
        remedy: "The roles are \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard let hash = PasswordHash(fields[2]) else {
      // Not shown: it may be a password.
      throw AccessError(
        .badUsers,
        "the password of \(name) is not an scrypt hash, or its cost is too high or too low",
        place: place, remedy: "Write it with `latent passwd`.")
    }
    return User(name: name, role: role, hash: hash)
  }

  /// Returns whether `name` is a valid user name.
  package static func isName(_ name: String) -> Bool {
    let marks = "-_.@+".utf8
    return (1...nameByteLimit).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || marks.contains($0)
      }
  }

  /// The rule for names, as errors tell it.
  package static let nameRemedy =
    "Names have up to \(nameByteLimit) ASCII letters, digits and the characters - _ . @ +."

  /// The user called `name`.
  package subscript(name: String) -> User? { users[name] }

  /// All users, sorted by name.
  package var all: [User] { users.values.sorted { $0.name < $1.name } }

  /// The number of users.
  package var count: Int { users.count }

  /// Returns the file's text: `comments`, then the users' lines sorted by name.
  func text(below comments: [String]) -> String {
    (comments + all.map(\.line)).map { $0 + "\n" }.joined()
  }

  /// Adds `user`, or replaces the one of that name.
  package mutating func set(_ user: User) { users[user.name] = user }

  /// Removes the user called `name`; returns false if there is none.
  package mutating func remove(_ name: String) -> Bool { users.removeValue(forKey: name) != nil }
}
