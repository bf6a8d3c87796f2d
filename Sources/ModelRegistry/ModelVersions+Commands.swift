import Foundation

extension ModelRegistry {
  /// The folder that commands take where none is named.
  package static let usualFolder = "latent-models"

  /// The folder that a command takes when it is given no `--models`: LATENT_MODELS, else
  /// ``usualFolder``. A variable that is empty counts as unset.
  package static var defaultFolder: String {
    let named = ProcessInfo.processInfo.environment["LATENT_MODELS"] ?? ""
    return named.isEmpty ? usualFolder : named
  }
}

extension ModelVersions {
  /// A command line that acts on this model, to be copied into a shell: `latent` and `words`, with
  /// `--models` and `--name` where they are not the usual ones.
  ///
  /// The folder is named where LATENT_MODELS gave it, too: who copies the line may not have it set.
  package func command(_ words: String) -> String {
    var line = "latent \(words)"
    let usual = ModelRegistry.usualFolder
    if registry.folder != usual || ModelRegistry.defaultFolder != usual {
      line += " --models \(ShellWord(path: registry.folder))"
    }
    if name != .usual { line += " --name \(name)" }
    return line
  }
}

/// A text as one word of a POSIX shell's command line.
package struct ShellWord: CustomStringConvertible {
  /// The word, in single quotes where a shell would read it otherwise.
  package let description: String

  /// The word that stands for `text`.
  package init(_ text: String) {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "/._-+:=,@%".utf8.contains(byte)
      }
    }
    description =
      isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  /// The word that stands for the file or folder at `path`, which no command takes for an option.
  package init(path: String) { self.init(path.hasPrefix("-") ? "./" + path : path) }
}
