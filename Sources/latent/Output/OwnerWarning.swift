import ArgumentParser
import Errors
import Foundation
import ModelRegistry

/// A command that writes to a folder of models.
protocol ModelsWriting: ParsableCommand {
  /// The folder; nil if this call writes nothing there.
  var modelsFolder: String? { get }
}

/// The warning for root about writing to another user's folder of models.
enum OwnerWarning {
  /// Warns root, before anything is written, if `folder` belongs to another user, who could not change root's files.
  static func note(of folder: String) {
    guard geteuid() == 0, let owner = owner(of: folder), owner != 0 else { return }
    let command = ProgramArguments.commandLine(ProgramArguments.words ?? [])
    let (whose, remedy) =
      SystemUser.name(of: owner).map { ("\($0)'s", "runuser -u \($0) -- \(command)") }
      ?? ("the user \(owner)'s", "run it as that user")
    StandardError.note(
      "warning: \(folder) is \(whose), who can't change what root writes there; better: \(remedy)")
  }

  /// Returns the id of the owner of `folder`; if it does not exist, of the folder that it would be created in.
  private static func owner(of folder: String) -> uid_t? {
    var place = URL(fileURLWithPath: folder).standardizedFileURL
    var status = stat()
    while stat(place.path, &status) != 0 {
      guard errno == ENOENT, place.path != "/" else { return nil }
      place.deleteLastPathComponent()
    }
    return status.st_uid
  }
}

extension Train: ModelsWriting {
  var modelsFolder: String? { models.folder }
}

extension Assemble: ModelsWriting {
  var modelsFolder: String? { models.folder }
}

extension Models.Promote: ModelsWriting {
  var modelsFolder: String? { model.folder }
}

extension Models.Rollback: ModelsWriting {
  var modelsFolder: String? { model.folder }
}

extension Models.Prune: ModelsWriting {
  var modelsFolder: String? { dryRun ? nil : model.folder }
}

extension Restore: ModelsWriting {
  var modelsFolder: String? { dryRun ? nil : models.folder }
}
