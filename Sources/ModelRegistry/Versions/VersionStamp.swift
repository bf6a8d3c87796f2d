/// The stamps of a version's files: detect that they were changed or replaced without reading them.
package struct VersionStamp: Equatable, Sendable {
  /// The stamps of the model files, by file name.
  private let modelFiles: [String: FileStamp]
  private let manifest: FileStamp?

  fileprivate init(of folder: String, manifest path: String) {
    // If the folder cannot be read, for example for lack of file descriptors, the main file is still checked.
    let found = (try? Folder.contents(of: folder)) ?? []
    let names = Set(found.filter { $0.hasSuffix(ModelRole.fileExtension) })
      .union([ModelRole.main.fileName])
    modelFiles = Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        FileStamp("\(folder)/\(name)").map { (name, $0) }
      })
    manifest = FileStamp(path)
  }

  /// Returns whether both stamps are of the same model files, possibly changed in place. False if files of the same
  /// names were replaced, or if there are none.
  package func isOfSameModelFiles(as other: VersionStamp) -> Bool {
    !modelFiles.isEmpty && modelFiles.keys == other.modelFiles.keys
      && modelFiles.allSatisfy { name, mine in
        guard let theirs = other.modelFiles[name] else { return false }
        return mine.isOfSameFile(as: theirs)
      }
  }
}

extension ModelVersions {
  /// Returns the stamp of the model files and the manifest of `version`, whether it exists or not.
  package func stamp(of version: Int) -> VersionStamp {
    VersionStamp(of: versionFolder(version), manifest: manifestPath(of: version))
  }
}
