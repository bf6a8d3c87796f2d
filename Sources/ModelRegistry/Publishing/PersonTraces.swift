import Errors

/// The places in a registry that contain a person.
package struct PersonTraces: Sendable {
  /// A version of a model.
  package struct Version: Equatable, Sendable {
    package let name: ModelName
    package let version: Int
    /// Its role in service; nil if it is neither in service nor the rollback target.
    package let status: ServiceStatus.Status?
  }

  /// A version for which it cannot be determined whom it knows.
  package struct Unreadable: Sendable {
    package let version: Version
    /// The error that was found.
    package let flaw: ModelFileError
  }

  /// The versions that know the person, by name and number.
  package var versions: [Version] = []
  /// The names with a checkpoint. A checkpoint holds numbers for every user but no ids, so it cannot be determined
  /// whom it knows: all of them are assumed to know the person.
  package var checkpoints: [ModelName] = []
  /// The paths of files left behind by killed commands or in use by running ones.
  package var leftovers: [String] = []
  /// The versions that cannot be opened.
  package var unreadable: [Unreadable] = []
  /// The versions that use the person's id for something else, such as an image. Whether it concerns the person
  /// cannot be determined.
  package var namesakes: [Version] = []

  /// Whether nothing was found that contains or may contain the person, apart from namesakes.
  package var isEmpty: Bool {
    versions.isEmpty && checkpoints.isEmpty && leftovers.isEmpty && unreadable.isEmpty
  }
}

extension ModelRegistry {
  /// Returns everything in the registry that knows the user with the id `user`, whatever the id type of its models.
  /// Reads every version in full, since a damaged id table would fail to report a user.
  package func traces(of user: String) throws(ModelFileError) -> PersonTraces {
    var traces = PersonTraces()
    for name in try allNames() {
      let versions = versions(of: name)
      if try !versions.checkpoints().isEmpty { traces.checkpoints.append(name) }
      traces.leftovers += try versions.leftovers()
      let service = versions.serviceStatus()
      for number in try versions.all() {
        let version = PersonTraces.Version(
          name: name, version: number, status: service.status(of: number))
        do throws(ModelFileError) {
          try versions.verify(number)
          let models = try models(of: number, of: versions)
          if models.contains(where: { $0.people?.contains(user) == true }) {
            traces.versions.append(version)
          }
          if models.contains(where: { $0.hasNamesake(user) }) { traces.namesakes.append(version) }
        } catch {
          traces.unreadable.append(PersonTraces.Unreadable(version: version, flaw: error))
        }
      }
    }
    return traces
  }

  /// Returns the models of `version`, in all its roles.
  private func models(
    of version: Int, of versions: ModelVersions
  ) throws(ModelFileError) -> [any PublishedModel] {
    try versions.manifest(of: version).files.map { file throws(ModelFileError) in
      try versions.open(version, file.role)
    }
  }
}
