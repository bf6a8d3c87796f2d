import ArgumentParser
import Errors
import Foundation
import ModelRegistry
import Ratings

/// `latent restore`
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore a backup of `latent backup`.",
    discussion: """
      All files are verified by their SHA-256 before anything is changed. A store with ratings or items, and a folder \
      with models, are not overwritten unless --replace is given; the previous models are then kept beside the folder, \
      under a name that is reported. The store is restored in one transaction, to a database of the same kind, and \
      migrated. A daemon may run meanwhile: it loads both. Users who were forgotten after the backup are back: forget \
      them again.
      """)

  @Argument(help: ArgumentHelp("The folder that `latent backup` wrote.", valueName: "folder"))
  var from: String
  @Flag(help: "Overwrite existing data.")
  var replace = false
  @Flag(help: "Check the backup and existing data, but change nothing.")
  var dryRun = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var models: RegistryOptions

  func run() throws {
    let manifest = try BackupManifest(of: from)
    try manifest.verify(in: from)
    let store = try store.open()
    let registry = models.registry
    let obstacles = try replace ? [] : obstacles(manifest, store, registry)
    if let first = obstacles.first, !dryRun {
      throw CommandFailure(first.problem, remedy: first.remedy)
    }
    let what =
      "\(manifest.store.map { "\(store.name) from \($0)" } ?? "no store") and \(manifest.versionCount) "
      + "\(manifest.versionCount == 1 ? "version" : "versions") of models in \(registry.folder)"
    guard !dryRun else {
      try StandardOutput.write(
        "would restore \(what), as of \(manifest.createdAt); nothing was changed\n")
      for obstacle in obstacles {
        StandardError.write("This needs --replace: \(obstacle.problem).\n")
      }
      return
    }
    // Before the store is changed: take the locks, and do what may fail for lack of space.
    let exchange =
      manifest.hasModels
      ? try RegistryExchange(
        of: registry, command: ProgramArguments.commandLine(ProgramArguments.words ?? [])) : nil
    let staged = manifest.hasModels ? try stage(manifest, beside: registry.folder) : nil
    var isStoreDone = false
    do {
      if manifest.store != nil {
        try store.making { try $0.overwrite(from: "\(from)/\(BackupManifest.storeFolder)") }
      }
      isStoreDone = manifest.store != nil
      if let staged, let former = try exchange?.put(staged) {
        StandardError.write(
          "The previous models are kept in \(former). Remove them once the restored ones work.\n")
      }
    } catch {
      if let staged { try? FileManager.default.removeItem(atPath: staged) }
      guard isStoreDone else { throw error }
      throw CommandFailure(
        "the store is restored, the models are not: \(error)",
        remedy: "Restore again with --replace, once that is fixed.")
    }
    try StandardOutput.write("restored \(what), as of \(manifest.createdAt)\n")
  }

  /// Returns the existing data that is not overwritten without `--replace`.
  private func obstacles(
    _ manifest: BackupManifest, _ store: any RatingsStore, _ registry: ModelRegistry
  ) throws -> [(problem: String, remedy: String)] {
    var obstacles: [(problem: String, remedy: String)] = []
    if manifest.store != nil, try !isEmpty(store) {
      obstacles.append(
        (
          "\(store.name) holds ratings or items already",
          "Name another store, or give --replace to overwrite it."
        ))
    }
    if manifest.hasModels, try registry.isThere(), try !registry.names().isEmpty {
      obstacles.append(
        (
          "\(registry.folder) holds models already",
          "Name another folder, or give --replace to replace it."
        ))
    }
    return obstacles
  }

  private func isEmpty(_ store: any RatingsStore) throws(StoreError) -> Bool {
    do throws(StoreError) {
      let summary = try store.summary()
      return summary.ratingCount == 0 && summary.itemCount == 0
    } catch {
      switch error.code {
      case .missing, .notMigrated: return true
      case .outdated: return false
      default: throw error
      }
    }
  }

  /// Copies the models to a folder beside their final one, and returns its path.
  private func stage(_ manifest: BackupManifest, beside folder: String) throws -> String {
    let staged = AbandonedFiles(beside: folder, ".unfinished").newName()
    let prefix = BackupManifest.modelsFolder + "/"
    do {
      for (path, file) in manifest.files where path.hasPrefix(prefix) {
        let target = "\(staged)/\(path.dropFirst(prefix.count))"
        guard try FileCopy.make(of: "\(from)/\(path)", at: target) == file.digest else {
          throw CommandFailure("\(from)/\(path) has changed", remedy: "Try again.")
        }
      }
      for (path, leadsTo) in manifest.links where path.hasPrefix(prefix) {
        let link = "\(staged)/\(path.dropFirst(prefix.count))"
        guard symlink(leadsTo, link) == 0 else {
          throw CommandFailure("\(link) can't be created: \(SystemError())", remedy: "Try again.")
        }
      }
      try FileCopy.flushFolders(staged)
      return staged
    } catch {
      try? FileManager.default.removeItem(atPath: staged)
      throw error
    }
  }
}
