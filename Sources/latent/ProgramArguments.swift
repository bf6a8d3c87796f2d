import CArguments
import Foundation
import Ratings

/// What the program was called with.
enum ProgramArguments {
  /// The words behind the program's name; nil when the system handed nothing over, not even that.
  static let words: [String]? =
    latent_argument_count() > 0
    ? (1..<latent_argument_count()).map { String(cString: latent_argument($0)) } : nil

  /// The command line that calls the program with `words`, without the passwords among them.
  static func commandLine(_ words: [String]) -> String {
    (["latent"] + words.map { ShellWord($0.withoutPasswords).description })
      .joined(separator: " ")
  }

  /// Blots the passwords among them, and that of LATENT_STORE, out of a message.
  static let redaction = Redaction(
    of: (words ?? []) + [ProcessInfo.processInfo.environment["LATENT_STORE"] ?? ""])
}
