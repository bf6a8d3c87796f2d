import Errors

/// Where in a registry a person is still to be found.
package struct PersonTraces: Sendable {
  /// A version of a model.
  package struct Version: Equatable, Sendable {
    package let name: ModelName
    package let version: Int
    /// What it is to those who serve; nil when it is one of many.
    package let status: ServiceStatus.Status?
  }

  /// A version of which nobody can tell whom it knows.
  package struct Unreadable: Sendable {
    package let version: Version
    /// What is wrong with it.
    package let flaw: ModelFileError
  }

  /// The versions that know the person, by name and number.
  package var versions: [Version] = []
  /// The names with a checkpoint. It holds numbers of every user and nobody's id, so that whom it knows
  /// can't be told: all of them are taken to know the person.
  package var checkpoints: [ModelName] = []
  /// What killed commands left behind, or others are at work on: paths.
  package var leftovers: [String] = []
  /// The versions that can't be opened.
  package var unreadable: [Unreadable] = []
  /// The versions that know something else by an id that reads like the person's, such as an image: whether that is about
  /// the person, nobody can tell.
  package var namesakes: [Version] = []

  /// Whether nothing was found that holds the person, or may do; namesakes aside.
  package var isEmpty: Bool {
    versions.isEmpty && checkpoints.isEmpty && leftovers.isEmpty && unreadable.isEmpty
  }
}

extension ModelRegistry {
  /// What the registry holds of the user whose id reads `user`, whatever type its models' ids are of.
  /// Reads each version through: one whose ids are damaged says of nobody that it knows them.
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

  /// The models of `version`, in all its roles.
  private func models(
    of version: Int, of versions: ModelVersions
  ) throws(ModelFileError) -> [any PublishedModel] {
    try versions.manifest(of: version).files.map { file throws(ModelFileError) in
      try versions.open(version, file.role)
    }
  }
}
