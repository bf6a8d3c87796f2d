import CArguments
import Foundation
import Ratings
import Synchronization

/// The program's arguments.
enum ProgramArguments {
  /// The arguments after the program's name; nil if the system passed nothing, not even the name.
  static let words: [String]? =
    latent_argument_count() > 0
    ? (1..<latent_argument_count()).map { String(cString: latent_argument($0)) } : nil

  /// Returns the command line that calls the program with `words`, without their passwords.
  static func commandLine(_ words: [String]) -> String {
    let option = "--notify-webhook"
    let shown = words.enumerated().map { place, word in
      if place > 0, words[place - 1] == option { return Webhook.shown(word) }
      if word.hasPrefix(option + "=") {
        return option + "=" + Webhook.shown(String(word.dropFirst(option.count + 1)))
      }
      return word.withoutPasswords
    }
    return (["latent"] + shown.map { ShellWord($0).description }).joined(separator: " ")
  }

  /// Removes the passwords of the arguments, of LATENT_STORE, and of ``keepSecrets(of:)`` from a message.
  static var redaction: Redaction { kept.withLock { $0 } }

  /// Adds the passwords among `words`, from a configuration file, to ``redaction``.
  static func keepSecrets(of words: [String]) {
    kept.withLock { $0 = Redaction(of: given + words) }
  }

  private static let given =
    (words ?? []) + [ProcessInfo.processInfo.environment["LATENT_STORE"] ?? ""]
  private static let kept = Mutex(Redaction(of: given))
}
