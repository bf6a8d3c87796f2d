import Foundation
import ImageModels
import ModelRegistry
import Recommenders

extension ModelRegistry {
  /// The default folder of models.
  static let usualFolder = "latent-models"

  /// The folder of a command without `--models`: LATENT_MODELS, else ``usualFolder``. An empty variable counts as
  /// unset.
  static var defaultFolder: String {
    let named = ProcessInfo.processInfo.environment["LATENT_MODELS"] ?? ""
    return named.isEmpty ? usualFolder : named
  }

  /// Creates the registry in `folder`, for all kinds of models that this program knows. Its remedies are worded as this
  /// program's commands.
  init(_ folder: String) {
    self.init(folder, forms: .recommenders + [.image, .imageScores]) { remedy, versions in
      remedy.text(for: versions)
    }
  }
}

extension ModelVersions {
  /// Returns a command line that acts on this model, to be copied into a shell: `latent` and `words`, with `--models`
  /// and `--name` unless they are the defaults.
  ///
  /// The folder is also named if it comes from LATENT_MODELS, which may not be set in that shell.
  func command(_ words: String) -> String {
    line(words, naming: name == ModelName.usual ? nil : name)
  }

  /// The command that writes a version like the newest one and puts it in service, as far as its record tells.
  fileprivate var trainingCommand: String {
    guard let newest = try? all().last, let manifest = try? self.manifest(of: newest) else {
      return command("train --publish")
    }
    if ImageModel.kinds.contains(manifest.kind) {
      return command("images train FOLDER --publish")
    }
    guard manifest.kind == ImageScores.formName else { return command("train --publish") }
    return line(
      "images score FOLDER --results \(name) --publish",
      naming: manifest.run.parameters["model"].flatMap { try? ModelName($0) })
  }

  private func line(_ words: String, naming name: ModelName?) -> String {
    var line = "latent \(words)"
    let usual = ModelRegistry.usualFolder
    if registry.folder != usual || ModelRegistry.defaultFolder != usual {
      line += " --models \(ShellWord(path: registry.folder))"
    }
    if let name { line += " --name \(name)" }
    return line
  }
}

extension ModelRemedy {
  /// Returns the remedy in terms of this program's commands.
  func text(for versions: ModelVersions) -> String {
    func command(_ words: String) -> String { "`\(versions.command(words))`" }
    return switch self {
    case .list: "See \(command("models list"))."
    case .promote(let version): "Promote it: \(command("models promote \(version)"))."
    case .publish: "Publish one with `\(versions.trainingCommand)`."
    case .promoteAny: "Choose one of \(command("models list")) and promote it."
    case .promoteVerified:
      "Promote one that \(command("models verify --all")) calls good, or train again."
    case .promoteOrTrain:
      "Promote another of \(command("models list")), or train again with "
        + "`\(versions.trainingCommand)`."
    case .replaceCurrent:
      "Go back with \(command("models rollback")), or promote one of \(command("models list")), "
        + "after removing whatever is there if it is not a link."
    case .rollBack(let version):
      "Version \(version) is in service: go back with \(command("models rollback")), or train "
        + "again."
    case .replace(let version):
      "Version \(version) is in service, and there is none to go back to: train again with "
        + "`\(versions.trainingCommand)`, or promote another of \(command("models list"))."
    case .nothing(let version, let pruning):
      "Version \(version) stays in service: nothing needs doing."
        + (pruning.map {
          " \(command("models prune --keep \($0)")) removes it and other old versions."
        } ?? "")
    }
  }
}

/// A text as a word of a POSIX shell's command line.
struct ShellWord: CustomStringConvertible {
  /// The word, in single quotes if necessary.
  let description: String

  /// Quotes `text`.
  init(_ text: String) {
    let isPlain = text.wholeMatch(of: #/[A-Za-z0-9\/._\-+:=,@%]+/#) != nil
    description = isPlain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  /// Quotes `path` in a way that no command takes for an option.
  init(path: String) { self.init(path.hasPrefix("-") ? "./" + path : path) }
}
