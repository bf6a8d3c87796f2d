import Errors
import Foundation
import Ratings

/// Replacing versions by others without a person.
///
/// The replacement is a version of its own, with its own number and digest; its manifest says what it
/// replaces. Once it is committed it is bound to take that one's place: each step of
/// ``finishScrubbing()`` may be the last before the process is killed, and the next call goes on.
extension ModelVersions {
  /// Makes each version that says so stand in the place of the one that it replaces: in service, if
  /// that was in service, and among those to go back to; then removes the one that is replaced.
  ///
  /// The version in service is put there as ``promote(_:)`` does it. Only for the holder of a lock that
  /// keeps others from scrubbing. O(size of the replacements), which are verified first: one that is
  /// damaged is removed, as if it had not been made.
  package func finishScrubbing() throws(ModelFileError) {
    for (replaced, version) in try unfinishedScrubbings() {
      do throws(ModelFileError) { _ = try verifyFile(of: version) } catch {
        guard error.code.isDamage else { throw error }
        try takeBack(version, for: replaced)
        continue
      }
      try whileChanging { () throws(ModelFileError) in
        guard try Folder.isFolder(versionFolder(replaced)) else { return }
        try checkThere(version)
        if try !isNoted(version, inPlaceOf: replaced) { try note(version, inPlaceOf: replaced) }
        if linkedVersion() == replaced { try putInService(version, by: .promote) }
        try remove([replaced])
      }
    }
  }

  /// Removes `version`, which is damaged, and has `replaced` stand again where it stood.
  private func takeBack(_ version: Int, for replaced: Int) throws(ModelFileError) {
    try whileChanging { () throws(ModelFileError) in
      for one in [version, replaced] where try !Folder.isFolder(versionFolder(one)) { return }
      if try isNoted(version, inPlaceOf: replaced) { try note(replaced, inPlaceOf: version) }
      if linkedVersion() == version { try putInService(replaced, by: .promote) }
      try remove([version])
    }
  }

  /// Whether the history says that `version` stands where `replaced` stood.
  private func isNoted(_ version: Int, inPlaceOf replaced: Int) throws(ModelFileError) -> Bool {
    try ServiceHistory(reading: historyPath).entries.contains {
      $0.change == .scrub && $0.version == version && $0.replaced == replaced
    }
  }

  /// Has the history say so.
  private func note(_ version: Int, inPlaceOf replaced: Int) throws(ModelFileError) {
    try ServiceHistory.append(
      ServiceHistory.Entry(
        time: Timestamp.now.description, change: .scrub, version: version, replaced: replaced),
      to: historyPath)
  }

  /// Which versions are still there although another one replaces them, ascending, so that one that
  /// replaces a replacement comes behind it.
  private func unfinishedScrubbings() throws(ModelFileError) -> [(replaced: Int, by: Int)] {
    let versions = try all()
    return versions.compactMap { version in
      guard let replaced = scrubbing(of: version)?.replaces,
        versions.contains(replaced)
      else { return nil }
      return (replaced, version)
    }.sorted { $0.replaced < $1.replaced }
  }

  /// `versions` by when their models were trained, the oldest first: a version stands where the one
  /// that it replaces stood.
  package func inOrderOfTraining(_ versions: [Int]) -> [Int] {
    let keyed = versions.map { version in
      (version: version, trainedAs: scrubbing(of: version)?.trainedAs ?? version)
    }
    return keyed.sorted { ($0.trainedAs, $0.version) < ($1.trainedAs, $1.version) }.map(\.version)
  }

  /// What `version` replaces; nil when it replaces none, or has no manifest that can be read.
  private func scrubbing(of version: Int) -> Scrubbing? {
    (try? Manifest(reading: manifestPath(of: version)))?.scrubbing
  }

  /// What processes that were killed, or are at work, left in staging and of unfinished checkpoints:
  /// paths, ascending; see ``removeLeftovers()``.
  package func leftovers() throws(ModelFileError) -> [String] {
    let partial = try Folder.contents(of: folder).filter {
      $0.hasPrefix("checkpoint.safetensors.")
    }.map { folder + "/" + $0 }
    let staged = try Folder.contents(of: stagingFolder).map { stagingFolder + "/" + $0 }
    return (partial + staged).sorted()
  }
}
