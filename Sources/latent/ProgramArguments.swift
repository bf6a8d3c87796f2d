import CArguments
import Foundation
import Ratings
import Synchronization

/// What the program was called with.
enum ProgramArguments {
  /// The words behind the program's name; nil when the system handed nothing over, not even that.
  static let words: [String]? =
    latent_argument_count() > 0
    ? (1..<latent_argument_count()).map { String(cString: latent_argument($0)) } : nil

  /// The command line that calls the program with `words`, without the passwords among them.
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

  /// Blots the passwords among them, that of LATENT_STORE, and those of ``keepSecrets(of:)`` out of a message.
  static var redaction: Redaction { kept.withLock { $0 } }

  /// Has ``redaction`` blot out the passwords among `words`, too: of a file that the program goes by.
  static func keepSecrets(of words: [String]) {
    kept.withLock { $0 = Redaction(of: given + words) }
  }

  private static let given =
    (words ?? []) + [ProcessInfo.processInfo.environment["LATENT_STORE"] ?? ""]
  private static let kept = Mutex(Redaction(of: given))
}
