import Errors

/// What can be done about a failure of a registry, as a code. The program words it, with commands of
/// its own: it hands the registry a ``ModelRemedy/Wording``. One that has no commands leaves it a code.
package enum ModelRemedy: Equatable, Sendable {
  /// Makes of a remedy a whole sentence, or several, about these versions.
  package typealias Wording = @Sendable (ModelRemedy, ModelVersions) -> String

  /// See which versions there are.
  case list
  /// Put a version in service for the first time.
  case promote(Int)
  /// Train a model and put it in service.
  case publish
  /// Choose one of the versions there are and promote it.
  case promoteAny
  /// Promote one that is verified, or train again.
  case promoteVerified
  /// Promote another version, or train again.
  case promoteOrTrain
  /// Roll back, or promote a version, after removing what stands in the place of `current` if it is
  /// no link.
  case replaceCurrent
  /// The version in service is damaged, and there is another to go back to.
  case rollBack(from: Int)
  /// The version in service is damaged, and there is none to go back to.
  case replace(Int)
  /// The version in service is not concerned. One that is damaged goes, with all that are older, by
  /// pruning to the `pruning` newest versions, where that is possible.
  case nothing(inService: Int, pruning: Int?)
}

extension ModelVersions {
  /// The remedy as the program words it for these versions.
  package func wording(of remedy: ModelRemedy) -> String { registry.wording(remedy, self) }

  /// What to do about versions that are damaged: go back where one of them is in service, and
  /// nothing where none is.
  package func remedy(forDamaged damaged: [Int]) -> ModelRemedy {
    guard let current = try? current() else { return .promoteOrTrain }
    guard damaged.contains(current) else {
      return .nothing(inService: current, pruning: pruning(of: damaged))
    }
    let candidates = (try? rollbackCandidates()) ?? []
    return candidates.allSatisfy(damaged.contains) ? .replace(current) : .rollBack(from: current)
  }

  /// How many of the newest versions are left when the one damaged version is pruned; nil where it
  /// can't be.
  private func pruning(of damaged: [Int]) -> Int? {
    guard damaged.count == 1, let all = try? inOrderOfTraining(all()),
      let position = all.firstIndex(of: damaged[0]), position < all.count - 1
    else { return nil }
    return all.count - 1 - position
  }

  /// What `read` returns of `version`. An error that says it is damaged gets the remedy that fits
  /// what is in service.
  func explainingDamage<Result>(
    to version: Int, _ read: () throws(ModelFileError) -> Result
  ) throws(ModelFileError) -> Result {
    do throws(ModelFileError) { return try read() } catch {
      guard error.code.isDamage else { throw error }
      throw ModelFileError(
        error.code, error.problem, place: error.place,
        remedy: wording(of: remedy(forDamaged: [version])))
    }
  }
}
