import Foundation
import ImageModels
import ModelRegistry
import Recommenders

extension ModelRegistry {
  /// The folder that commands take where none is named.
  static let usualFolder = "latent-models"

  /// The folder that a command takes when it is given no `--models`: LATENT_MODELS, else
  /// ``usualFolder``. A variable that is empty counts as unset.
  static var defaultFolder: String {
    let named = ProcessInfo.processInfo.environment["LATENT_MODELS"] ?? ""
    return named.isEmpty ? usualFolder : named
  }

  /// The registry in `folder`, of all kinds of models that this program knows. What it says can be
  /// done is said in this program's commands.
  init(_ folder: String) {
    self.init(folder, forms: .recommenders + [.image, .imageScores]) { remedy, versions in
      remedy.text(for: versions)
    }
  }
}

extension ModelVersions {
  /// A command line that acts on this model, to be copied into a shell: `latent` and `words`, with
  /// `--models` and `--name` where they are not the usual ones.
  ///
  /// The folder is named where LATENT_MODELS gave it, too: who copies the line may not have it set.
  func command(_ words: String) -> String {
    line(words, naming: name == ModelName.usual ? nil : name)
  }

  /// The command that makes a version like the newest and puts it in service, as far as its record says which.
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
  /// The remedy as one who runs this program reads it.
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
        + "after removing what stands there if it is no link."
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

/// A text as one word of a POSIX shell's command line.
struct ShellWord: CustomStringConvertible {
  /// The word, in single quotes where a shell would read it otherwise.
  let description: String

  /// The word that stands for `text`.
  init(_ text: String) {
    let isPlain = text.wholeMatch(of: #/[A-Za-z0-9\/._\-+:=,@%]+/#) != nil
    description = isPlain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  /// The word that stands for the file or folder at `path`, which no command takes for an option.
  init(path: String) { self.init(path.hasPrefix("-") ? "./" + path : path) }
}
