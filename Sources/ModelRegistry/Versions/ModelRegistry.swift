import Foundation

/// A folder of models, with a folder for each name that contains its versions.
///
///     latent-models/
///       recommender/
///         current -> versions/000002       the version in service, replaced by an atomic rename
///         history                          the versions put in service, one line per change
///         versions/000001/model.safetensors
///         versions/000001/manifest.json    the model files, by role, and their digests
///         versions/000002/...
///         staging/                         versions being assembled; ignored by readers
///         checkpoint.safetensors           the state of an interrupted training
package struct ModelRegistry: Sendable {
  /// The registry's folder. It need not exist until something is published.
  package let folder: String
  /// The forms of models that the registry can open.
  let forms: [ModelForm]
  let wording: ModelRemedy.Wording

  /// Creates a registry in `folder` for models of `forms`. `wording` words the remedies of errors.
  package init(
    _ folder: String, forms: [ModelForm],
    wording: @escaping ModelRemedy.Wording = { remedy, _ in "Remedy: \(remedy)." }
  ) {
    self.folder = folder
    self.forms = forms
    self.wording = wording
  }

  /// Returns the versions of the model called `name`, which need not exist.
  package func versions(of name: ModelName) -> ModelVersions {
    ModelVersions(name: name, registry: self)
  }

  /// Returns the names that have versions, ascending. Empty if the folder does not exist.
  package func names() throws(ModelFileError) -> [ModelName] {
    var names: [ModelName] = []
    for name in try allNames() where try !versions(of: name).all().isEmpty { names.append(name) }
    return names
  }

  /// Returns the names that have a folder, or a link to one, with or without versions, ascending.
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

  /// Returns whether the registry's folder exists. Throws if this cannot be determined.
  package func isThere() throws(ModelFileError) -> Bool { try Folder.leadsToFolder(folder) }

  /// Creates the registry's folder if it does not exist.
  package func makeFolder() throws(ModelFileError) { try Folder.make(folder) }
}
