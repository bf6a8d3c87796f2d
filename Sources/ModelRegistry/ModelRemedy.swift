import Errors

/// A remedy for a registry error, as a code. The program turns it into text with its own commands by passing a
/// ``ModelRemedy/Wording`` to the registry. A program without commands leaves it as a code.
package enum ModelRemedy: Equatable, Sendable {
  /// Turns a remedy for these versions into one or more complete sentences.
  package typealias Wording = @Sendable (ModelRemedy, ModelVersions) -> String

  /// List the existing versions.
  case list
  /// Put a version in service for the first time.
  case promote(Int)
  /// Train a model and put it in service.
  case publish
  /// Choose an existing version and promote it.
  case promoteAny
  /// Promote a version that verifies, or train again.
  case promoteVerified
  /// Promote another version, or train again.
  case promoteOrTrain
  /// Roll back or promote a version, after removing `current` if it is not a link.
  case replaceCurrent
  /// The version in service is damaged, and there is another to roll back to.
  case rollBack(from: Int)
  /// The version in service is damaged, and there is none to roll back to.
  case replace(Int)
  /// The version in service is not affected. If `pruning` is set, pruning to that many newest versions removes the
  /// one damaged version together with all older ones.
  case nothing(inService: Int, pruning: Int?)
}

extension ModelVersions {
  /// Returns the program's wording of `remedy` for these versions.
  package func wording(of remedy: ModelRemedy) -> String { registry.wording(remedy, self) }

  /// Returns the remedy for damaged versions: roll back if one of them is in service, otherwise nothing to do.
  package func remedy(forDamaged damaged: [Int]) -> ModelRemedy {
    guard let current = try? current() else { return .promoteOrTrain }
    guard damaged.contains(current) else {
      return .nothing(inService: current, pruning: pruning(of: damaged))
    }
    let candidates = (try? rollbackCandidates()) ?? []
    return candidates.allSatisfy(damaged.contains) ? .replace(current) : .rollBack(from: current)
  }

  /// Returns the number of newest versions to keep so that pruning removes the only damaged version, or nil if that
  /// is impossible.
  private func pruning(of damaged: [Int]) -> Int? {
    guard damaged.count == 1, let all = try? inOrderOfTraining(all()),
      let position = all.firstIndex(of: damaged[0]), position < all.count - 1
    else { return nil }
    return all.count - 1 - position
  }

  /// Returns the result of `read` for `version`. Replaces the remedy of an error that indicates damage with one that
  /// fits what is in service.
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
