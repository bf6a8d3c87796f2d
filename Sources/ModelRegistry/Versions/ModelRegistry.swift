import Foundation

/// A folder of models: beneath it a folder for each name, and in that its versions.
///
///     latent-models/
///       recommender/
///         current -> versions/000002       the version in service, replaced by an atomic rename
///         history                          what was put in service, one line each
///         versions/000001/model.safetensors
///         versions/000001/manifest.json    which model files there are, by role, and their digests
///         versions/000002/...
///         staging/                         what is being made; readers never look there
///         checkpoint.safetensors           where an interrupted training stood
package struct ModelRegistry: Sendable {
  /// The registry's folder, which need not exist until something is published.
  package let folder: String
  /// The forms of models that are opened from it.
  let forms: [ModelForm]
  let wording: ModelRemedy.Wording

  /// The registry in `folder`, of models that are of one of `forms`. `wording` says what can be done
  /// where something fails.
  package init(
    _ folder: String, forms: [ModelForm],
    wording: @escaping ModelRemedy.Wording = { remedy, _ in "Remedy: \(remedy)." }
  ) {
    self.folder = folder
    self.forms = forms
    self.wording = wording
  }

  /// The versions that go by `name`, which need not exist.
  package func versions(of name: ModelName) -> ModelVersions {
    ModelVersions(name: name, registry: self)
  }

  /// The names that have versions, ascending; none when there is no such folder yet.
  package func names() throws(ModelFileError) -> [ModelName] {
    var names: [ModelName] = []
    for name in try allNames() where try !versions(of: name).all().isEmpty { names.append(name) }
    return names
  }

  /// The names that have a folder, or a link to one, versions in it or not, ascending.
  package func allNames() throws(ModelFileError) -> [ModelName] {
    var names: [ModelName] = []
    for entry in try Folder.contents(of: folder) {
      guard let name = try? ModelName(entry), try Folder.leadsToFolder("\(folder)/\(name)") else {
        continue
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// Whether the registry's folder is there. Throws when that can't be told.
  package func isThere() throws(ModelFileError) -> Bool { try Folder.leadsToFolder(folder) }

  /// Makes the registry's folder if it is not there.
  package func makeFolder() throws(ModelFileError) { try Folder.make(folder) }
}
