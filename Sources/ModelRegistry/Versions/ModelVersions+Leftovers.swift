import Errors

/// What stands beside the versions while a training is under way: its checkpoints, and what is staged.
extension ModelVersions {
  /// Where the state of the training of the model for `role` is kept while it is under way. Makes the folder
  /// that it stands in.
  package func checkpointPath(of role: ModelRole = .judged) throws(ModelFileError) -> String {
    try Folder.make(folder)
    return folder + "/" + Self.checkpointName
      + (role == .judged ? "" : "-\(role)") + ModelRole.fileExtension
  }

  /// Where a training keeps what it tried, in its search for options. Makes the folder that it stands in.
  package func tuningPath() throws(ModelFileError) -> String {
    try Folder.make(folder)
    return folder + "/" + Self.tuningName
  }

  /// Removes the states of a training that is over; not being there is no error.
  package func removeCheckpoints() throws(ModelFileError) {
    for path in try checkpoints() { try Folder.remove(path) }
    try Folder.remove(folder + "/" + Self.tuningName)
  }

  /// The states of a training that was interrupted: paths, ascending, none when there was none.
  package func checkpoints() throws(ModelFileError) -> [String] {
    try checkpointFiles().filter { $0.hasSuffix(ModelRole.fileExtension) }
  }

  private static let checkpointName = "checkpoint"
  private static let tuningName = "tuning.json"

  private func checkpointFiles() throws(ModelFileError) -> [String] {
    try Folder.contents(of: folder).filter { $0.hasPrefix(Self.checkpointName) }
      .map { folder + "/" + $0 }.sorted()
  }

  /// What processes that were killed, or are at work, left in staging and of unfinished checkpoints:
  /// paths, ascending.
  package func leftovers() throws(ModelFileError) -> [String] {
    let partial = try checkpointFiles().filter { !$0.hasSuffix(ModelRole.fileExtension) }
    guard try Folder.isFolder(stagingFolder) else { return partial }
    let staged = try Folder.contents(of: stagingFolder).map { stagingFolder + "/" + $0 }
    return (partial + staged).sorted()
  }

  /// Removes ``leftovers()``. Only for the holder of a lock that keeps others from staging.
  package func removeLeftovers() throws(ModelFileError) {
    guard try !leftovers().isEmpty else { return }
    try whileChanging { () throws(ModelFileError) in
      for path in try leftovers() { try Folder.remove(path) }
    }
  }
}
