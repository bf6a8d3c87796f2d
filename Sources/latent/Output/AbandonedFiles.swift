import Foundation

/// Files and folders that carry the number of the process that writes them until they are whole, as in
/// `lists.csv.4711.unfinished`: a process that was killed leaves them.
struct AbandonedFiles {
  private let folder: String
  private let (prefix, suffix): (String, String)

  /// Those whose paths are a process's number between `prefix` and `suffix`.
  init(named prefix: String, _ suffix: String) {
    let place = URL(fileURLWithPath: prefix + "0")
    folder = place.deletingLastPathComponent().path
    self.prefix = String(place.lastPathComponent.dropLast())
    self.suffix = suffix
  }

  /// The path of this process's, once those of processes that are gone were removed.
  func newName() -> String {
    remove()
    return "\(folder)/\(prefix)\(getpid())\(suffix)"
  }

  /// Removes those of processes that are gone, and of an earlier one with this one's number.
  private func remove() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard name.hasPrefix(prefix), name.hasSuffix(suffix),
        let process = Int32(name.dropFirst(prefix.count).dropLast(suffix.count)), process > 0,
        process == getpid() || (kill(process, 0) != 0 && errno == ESRCH)
      else { continue }
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }
}
