import Errors

/// Files next to the versions while a training is in progress: its checkpoints and staged versions.
extension ModelVersions {
  /// Returns the path of the checkpoint for the model for `role` while it is being trained. Creates its parent
  /// folder.
  package func checkpointPath(of role: ModelRole = .judged) throws(ModelFileError) -> String {
    try Folder.make(folder)
    return folder + "/" + Self.checkpointName
      + (role == .judged ? "" : "-\(role)") + ModelRole.fileExtension
  }

  /// Returns the path of the trials of a training's search for options. Creates its parent folder.
  package func tuningPath() throws(ModelFileError) -> String {
    try Folder.make(folder)
    return folder + "/" + Self.tuningName
  }

  /// Removes the checkpoints and trials of a finished training. Does nothing if there are none.
  package func removeCheckpoints() throws(ModelFileError) {
    for path in try checkpoints() { try Folder.remove(path) }
    try Folder.remove(folder + "/" + Self.tuningName)
  }

  /// Returns the paths of the checkpoints of an interrupted training, ascending.
  package func checkpoints() throws(ModelFileError) -> [String] {
    try checkpointFiles().filter { $0.hasSuffix(ModelRole.fileExtension) }
  }

  private static let checkpointName = "checkpoint"
  private static let tuningName = "tuning.json"

  private func checkpointFiles() throws(ModelFileError) -> [String] {
    try Folder.contents(of: folder).filter { $0.hasPrefix(Self.checkpointName) }
      .map { folder + "/" + $0 }.sorted()
  }

  /// Returns the paths of staged files and partial checkpoints of processes that were killed or are still running,
  /// ascending.
  package func leftovers() throws(ModelFileError) -> [String] {
    let partial = try checkpointFiles().filter { !$0.hasSuffix(ModelRole.fileExtension) }
    guard try Folder.isFolder(stagingFolder) else { return partial }
    let staged = try Folder.contents(of: stagingFolder).map { stagingFolder + "/" + $0 }
    return (partial + staged).sorted()
  }

  /// Removes ``leftovers()``. The caller must hold a lock that prevents others from staging.
  package func removeLeftovers() throws(ModelFileError) {
    guard try !leftovers().isEmpty else { return }
    try whileChanging { () throws(ModelFileError) in
      for path in try leftovers() { try Folder.remove(path) }
    }
  }
}
