import ExplainedErrors
package import FactorModels
package import ModelFiles
package import Ratings

/// Where in a registry a person is still to be found.
package struct PersonTraces: Sendable {
  /// A version of a model.
  package struct Version: Equatable, Sendable {
    package let name: ModelName
    package let version: Int
    /// What people know it by.
    package let status: Status
  }

  /// What a version is to those who serve.
  package enum Status: String, Sendable {
    /// The daemon serves it.
    case inService = "in service"
    /// A rollback would put it in service, or one done several times.
    case rollback
    /// Neither.
    case idle = ""
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

  /// Whether nothing was found that holds the person, or may do.
  package var isEmpty: Bool {
    versions.isEmpty && checkpoints.isEmpty && leftovers.isEmpty && unreadable.isEmpty
  }
}

extension ModelRegistry {
  /// What the registry holds of the user whose id reads `user`, whatever type its models' ids are of.
  /// Opens each version; with `verifying` it is read through first.
  package func traces(
    of user: String, verifying: Bool = false
  ) throws(ModelFileError) -> PersonTraces {
    var traces = PersonTraces()
    for name in try allNames() {
      let versions = versions(of: name)
      if versions.checkpoint != nil { traces.checkpoints.append(name) }
      traces.leftovers += try versions.leftovers()
      for number in try versions.all() {
        let version = PersonTraces.Version(
          name: name, version: number, status: versions.status(of: number))
        do throws(ModelFileError) {
          if verifying { try versions.verifyWithContents(number) }
          if try versions.openModel(number).knows(user) { traces.versions.append(version) }
        } catch {
          traces.unreadable.append(PersonTraces.Unreadable(version: version, flaw: error))
        }
      }
    }
    return traces
  }
}

extension ScoredModel {
  /// Whether there is a user whose id reads `text`.
  package func knows(_ text: String) -> Bool { user(reading: text) != nil }

  /// The row of the user whose id reads `text`; nil when there is none.
  package func user(reading text: String) -> UserIndex? {
    UserID(text, as: users.type).flatMap { users.index(of: $0) }
  }
}

extension ModelVersions {
  /// What `version` is to those who serve; ``PersonTraces/Status/idle`` where that can't be told.
  package func status(of version: Int) -> PersonTraces.Status {
    if let current = try? current(), current == version { return .inService }
    let candidates = try? rollbackCandidates()
    return candidates?.contains(version) ?? false ? .rollback : .idle
  }
}
