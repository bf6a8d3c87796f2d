import Foundation

/// A folder of models: beneath it a folder for each name, and in that its versions.
///
///     latent-models/
///       recommender/
///         current -> versions/000002       the version in service, replaced by an atomic rename
///         history                          what was put in service, one line each
///         versions/000001/model.safetensors
///         versions/000001/manifest.json
///         versions/000002/...
///         staging/                         what is being made; readers never look there
///         checkpoint.safetensors           where an interrupted training stood
package struct ModelRegistry: Sendable {
  /// The registry's folder, which need not exist until something is published.
  package let folder: String

  /// The registry in `folder`.
  package init(_ folder: String) { self.folder = folder }

  /// The versions that go by `name`, which need not exist.
  package func versions(of name: ModelName) -> ModelVersions {
    ModelVersions(name: name, registry: self)
  }

  /// The names that have versions, ascending; none when there is no such folder yet.
  package func names() throws(ModelFileError) -> [ModelName] {
    var names: [ModelName] = []
    for entry in try Folder.contents(of: folder) {
      guard let name = try? ModelName(entry) else { continue }
      if try !versions(of: name).all().isEmpty { names.append(name) }
    }
    return names.sorted()
  }

  /// The names that have a folder, versions in it or not, ascending.
  package func allNames() throws(ModelFileError) -> [ModelName] {
    try Folder.contents(of: folder).compactMap { try? ModelName($0) }
      .filter { Folder.isFolder("\(folder)/\($0)") }
      .sorted()
  }

  /// Whether the registry's folder is there.
  package var isThere: Bool { Folder.isThere(folder) }

  /// Makes the registry's folder if it is not there.
  package func makeFolder() throws(ModelFileError) { try Folder.make(folder) }
}
