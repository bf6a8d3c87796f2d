extension ModelVersions {
  /// Where the state of a training of this model is kept while it is under way. Makes the folder that
  /// it stands in.
  package func checkpointPath() throws(ModelFileError) -> String {
    try Folder.make(folder)
    return checkpointFile
  }

  /// Removes the state of a training that is over; not being there is no error.
  package func removeCheckpoint() throws(ModelFileError) { try Folder.remove(checkpointFile) }

  /// Where the state of a training that was interrupted is kept; nil when there is none.
  package func checkpoint() throws(ModelFileError) -> String? {
    try Folder.leadsAnywhere(checkpointFile) ? checkpointFile : nil
  }

  private var checkpointFile: String { folder + "/checkpoint.safetensors" }
}
