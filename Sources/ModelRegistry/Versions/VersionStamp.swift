/// What the system says of a version's files and changes when somebody changes or replaces them:
/// tells, without reading them, whether a version is still what it was at the last look.
package struct VersionStamp: Equatable, Sendable {
  /// By the files' names.
  private let modelFiles: [String: FileStamp]
  private let manifest: FileStamp?

  fileprivate init(of folder: String, manifest path: String) {
    // Where no file can be opened, not even a folder, the main one is looked at all the same.
    let found = (try? Folder.contents(of: folder)) ?? []
    let names = Set(found.filter { $0.hasSuffix(ModelRole.fileExtension) })
      .union([ModelRole.main.fileName])
    modelFiles = Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        FileStamp("\(folder)/\(name)").map { (name, $0) }
      })
    manifest = FileStamp(path)
  }

  /// Whether both are of the same model files, changed in place at most: not of others under their
  /// names, nor of none.
  package func isOfSameModelFiles(as other: VersionStamp) -> Bool {
    !modelFiles.isEmpty && modelFiles.keys == other.modelFiles.keys
      && modelFiles.allSatisfy { name, mine in
        guard let theirs = other.modelFiles[name] else { return false }
        return mine.isOfSameFile(as: theirs)
      }
  }
}

extension ModelVersions {
  /// The stamp of the model files and the manifest of `version`, there or not.
  package func stamp(of version: Int) -> VersionStamp {
    VersionStamp(of: versionFolder(version), manifest: manifestPath(of: version))
  }
}
