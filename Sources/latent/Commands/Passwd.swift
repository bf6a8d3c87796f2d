import ArgumentParser
import Daemon
import Errors
import Foundation
import LineProtocol

/// `latent passwd`
struct Passwd: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Add a user of the daemon, or change a user's password or role.",
    discussion: """
      Asks for the password at the terminal, or reads it as a line from standard input. The file contains only a hash \
      of it (scrypt). Only its owner can read a new file. A daemon that runs with --users FILE loads the change within a \
      second.

      Try: latent passwd users app --role read
      """)

  @ArgumentParser.Argument(
    help: ArgumentHelp("The users file, which is created if needed.", valueName: "file"))
  var file: String

  @ArgumentParser.Argument(
    help: ArgumentHelp(
      "The user; \(Credentials.usualUser) is used for a password without a name.",
      valueName: "user"))
  var user: String

  @Option(
    help: ArgumentHelp(
      "The user's role: \(Role.allCases.map(\.rawValue).joined(separator: ", ")); each includes the rights of the previous "
        + "ones (default: the user's current role, else read).", valueName: "role"),
    transform: {
      guard let role = Role(rawValue: $0) else {
        throw ValidationError("give \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return role
    })
  var role: Role?

  @Flag(help: "Remove the user.")
  var remove = false

  /// The minimum length of a password in bytes.
  private static let leastByteCount = 8

  func validate() throws {
    guard UserTable.isName(user) else {
      throw ValidationError("'\(user)' is not a valid user name. \(UserTable.nameRemedy)")
    }
    guard !remove || role == nil else {
      throw ValidationError("--remove removes the user: leave --role out.")
    }
  }

  func run() throws {
    let users = UsersFile(path: file)
    guard !remove else {
      try users.change { table in
        guard table.remove(user) else {
          throw CommandFailure("\(file) has no user \(user)", remedy: "Name one that it has.")
        }
      }
      return try StandardOutput.write("removed \(user) from \(file)\n")
    }
    let hash = try PasswordHash(of: Array(password().utf8))
    let isNew = !FileManager.default.fileExists(atPath: file)
    var words = ""
    try users.change { table in
      let before = table[user]
      let role = role ?? before?.role ?? .read
      table.set(UserTable.User(name: user, role: role, hash: hash))
      words = "\(before == nil ? "added" : "changed") \(user), with the role \(role.rawValue)"
    }
    if isNew, geteuid() == 0 {
      StandardError.write(
        "note: only root can read \(file). If the daemon runs as another user: "
          + "chgrp GROUP \(ShellWord(path: file)); chmod 640 \(ShellWord(path: file))\n"
      )
    }
    try StandardOutput.write("\(words)\n")
  }

  private func password() throws -> String {
    let password = try PasswordInput.read(for: user)
    guard password.utf8.count >= Self.leastByteCount else {
      throw CommandFailure(
        "the password has fewer than \(Self.leastByteCount) bytes", remedy: "Choose a longer one.")
    }
    guard password.utf8.count <= Credentials.byteLimit else {
      throw CommandFailure(
        "the password has more than \(Credentials.byteLimit) bytes",
        remedy: "Choose a shorter one.")
    }
    return password
  }
}
