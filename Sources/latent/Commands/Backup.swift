import ArgumentParser
import Errors
import Foundation
import ModelRegistry
import Ratings

/// `latent backup`
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Back up the store and all published models to a folder, while both are in use.",
    discussion: """
      The backup of the store is a consistent snapshot: an SQLite file by SQLite's online backup, PostgreSQL's tables by \
      COPY in one repeatable-read transaction (pg_dump is not needed). Then the versions of all models are copied, with \
      which of them are in service, and the records of nightly runs. The folder appears once everything is written and \
      flushed to disk, with a SHA-256 of each file; an incomplete backup has another name. Damaged versions are left out \
      with a warning. `latent restore` restores the backup.

      A backup contains everybody's ratings, including those of users who are forgotten later: protect it like the store.
      """)

  @Argument(help: ArgumentHelp("The folder, which must not exist yet.", valueName: "folder"))
  var to: String
  @OptionGroup var store: StoreOptions
  @OptionGroup var models: RegistryOptions

  func run() throws {
    guard !FileManager.default.fileExists(atPath: to) else {
      throw CommandFailure("\(to) already exists", remedy: "Name a new folder.")
    }
    // Each backup may have its own name, such as the date.
    AbandonedFiles.removeFolders(beside: to, ".unfinished", unchangedFor: 86_400)
    let staged = AbandonedFiles(beside: to, ".unfinished").newName()
    guard mkdir(staged, 0o700) == 0 else {
      throw CommandFailure(
        "\(to) can't be created: \(SystemError())",
        remedy: "Name one in a folder that may be written to.")
    }
    let removal = EndingSignals { number in
      try? FileManager.default.removeItem(atPath: staged)
      signal(number, SIG_DFL)
      kill(getpid(), number)
    }
    defer { withExtendedLifetime(removal) {} }
    do {
      let manifest = try write(into: staged)
      try FileCopy.flushFolders(staged)
      guard rename(staged, to) == 0 else {
        throw CommandFailure(
          "\(to) can't be created: \(SystemError())", remedy: "Name a new folder.")
      }
      try FileCopy.flushFolders(to)
      try StandardOutput.write(
        "backed up \(manifest.store ?? "no store") and \(manifest.versionCount) "
          + "\(manifest.versionCount == 1 ? "version" : "versions") of models to \(to): "
          + "\(manifest.files.count) files, \(manifest.byteCount) bytes\n")
    } catch {
      try? FileManager.default.removeItem(atPath: staged)
      throw error
    }
  }

  private func write(into folder: String) throws -> BackupManifest {
    let store = try store.open()
    let storeFolder = "\(folder)/\(BackupManifest.storeFolder)"
    var isThere = true
    let createdAt = Date.now.formatted(.iso8601)
    guard mkdir(storeFolder, 0o700) == 0 else {
      throw CommandFailure(
        "\(storeFolder) can't be created: \(SystemError())", remedy: "Try again.")
    }
    do throws(StoreError) { try store.backUp(into: storeFolder) } catch {
      guard [.missing, .notMigrated].contains(error.code), !self.store.isNamed else { throw error }
      StandardError.write("There is no store \(store.name): the models alone are backed up.\n")
      isThere = false
    }
    var manifest = BackupManifest(createdAt: createdAt, store: isThere ? store.name : nil)
    for name in try FileManager.default.contentsOfDirectory(atPath: storeFolder) {
      let digest = try FileDigest(ofFile: "\(storeFolder)/\(name)")
      manifest.files["\(BackupManifest.storeFolder)/\(name)"] = .init(digest)
    }
    let registry = try models.existingRegistry()
    let modelsFolder = "\(folder)/\(BackupManifest.modelsFolder)"
    let copy =
      try registry.isThere() ? registry.copy(into: modelsFolder) : RegistryCopy()
    for (path, digest) in copy.files {
      manifest.files["\(BackupManifest.modelsFolder)/\(path)"] = .init(digest)
    }
    for (path, target) in copy.links {
      manifest.links["\(BackupManifest.modelsFolder)/\(path)"] = target
    }
    for flaw in copy.damaged {
      StandardError.write("warning: left out, as it is damaged: \(flaw)\n")
    }
    guard !manifest.files.isEmpty else {
      throw CommandFailure(
        "there is nothing to back up: no store \(store.name), and no models in \(models.folder)",
        remedy: "Name them with --store and --models, or with LATENT_STORE and LATENT_MODELS.")
    }
    // Read everything back to make sure that it was written correctly.
    try manifest.verify(in: folder)
    try FileCopy.write(manifest.encoded(), to: "\(folder)/\(BackupManifest.fileName)")
    return manifest
  }
}
