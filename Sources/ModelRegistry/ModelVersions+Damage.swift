import Errors

extension ModelVersions {
  /// What to do about versions that are damaged: go back where one of them is in service, and
  /// nothing where none is.
  package func remedy(forDamaged damaged: [Int]) -> String {
    let training = command("train --publish")
    guard let current = try? current() else {
      return "Promote another of `\(command("models list"))`, or train again with `\(training)`."
    }
    guard damaged.contains(current) else {
      return "Version \(current) stays in service: nothing needs doing." + pruning(of: damaged)
    }
    let candidates = (try? rollbackCandidates()) ?? []
    return candidates.allSatisfy(damaged.contains)
      ? "Version \(current) is in service, and there is none to go back to: train again with "
        + "`\(training)`, or promote another of `\(command("models list"))`."
      : "Version \(current) is in service: go back with `\(command("models rollback"))`, or train "
        + "again."
  }

  /// What `read` answers of `version`. An error that says it is damaged gets the remedy that fits
  /// what is in service.
  package func explainingDamage<Answer>(
    to version: Int, _ read: () throws(ModelFileError) -> Answer
  ) throws(ModelFileError) -> Answer {
    do throws(ModelFileError) { return try read() } catch {
      guard error.code.isDamage else { throw error }
      throw ModelFileError(
        error.code, error.problem, place: error.place, remedy: remedy(forDamaged: [version]))
    }
  }

  /// How the one damaged version goes, where it can.
  private func pruning(of damaged: [Int]) -> String {
    guard damaged.count == 1, let all = try? inOrderOfTraining(all()),
      let position = all.firstIndex(of: damaged[0]), position < all.count - 1
    else { return "" }
    return " `\(command("models prune --keep \(all.count - 1 - position)"))` removes it and "
      + "other old versions."
  }
}

extension ModelFileErrorCode {
  /// Whether it says of a file of a version that it can't be used as it is, now or later.
  var isDamage: Bool {
    switch self {
    case .missing, .truncated, .badHeader, .headerTooLarge, .badOffsets, .unknownElementType,
      .foreign, .missingTensor, .wrongTensor, .badContents, .badManifest, .altered:
      true
    case .permissionDenied, .notAFile, .inputOutput, .outOfResources, .tooNew, .badName,
      .badCurrent, .busy, .nothingToRollBackTo:
      false
    }
  }
}
