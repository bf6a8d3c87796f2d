import Foundation

/// Temporary files and folders whose names contain the id of the process that writes them, such as
/// `lists.csv.4711.unfinished`. A process that is killed leaves them behind.
struct AbandonedFiles {
  private let folder: String
  private let (prefix, suffix): (String, String)

  /// Creates the set of paths that consist of `prefix`, a process id and `suffix`.
  init(named prefix: String, _ suffix: String) {
    let place = URL(fileURLWithPath: prefix + "0")
    folder = place.deletingLastPathComponent().path
    self.prefix = String(place.lastPathComponent.dropLast())
    self.suffix = suffix
  }

  /// Creates the set of temporary paths for the file or folder at `path`, with or without a trailing slash.
  init(beside path: String, _ suffix: String) {
    let name = path.reversed().drop { $0 == "/" }.reversed()
    self.init(named: String(name) + ".", suffix)
  }

  /// Removes the files of processes that no longer exist, and returns this process's path.
  func newName() -> String {
    remove()
    return "\(folder)/\(prefix)\(getpid())\(suffix)"
  }

  /// Removes the files of processes that no longer exist, and of an earlier process with this one's id.
  private func remove() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard name.hasPrefix(prefix), name.hasSuffix(suffix),
        let process = Int32(name.dropFirst(prefix.count).dropLast(suffix.count)), process > 0,
        process == getpid() || Self.isGone(process)
      else { continue }
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  /// Returns whether there is no process with that id.
  private static func isGone(_ process: Int32) -> Bool { kill(process, 0) != 0 && errno == ESRCH }

  /// Removes folders beside `path` whose names end with a process id and `suffix`, if they have not changed for
  /// `seconds` and the process no longer exists. The delay is for processes of other machines, which are not known
  /// here.
  static func removeFolders(
    beside path: String, _ suffix: String, unchangedFor seconds: TimeInterval
  ) {
    let files = FileManager.default
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(suffix)
    {
      let abandoned = "\(folder)/\(name)"
      guard let number = name.dropLast(suffix.count).split(separator: ".").last,
        let process = Int32(number), process > 0, isGone(process),
        let parts = try? files.contentsOfDirectory(atPath: abandoned)
      else { continue }
      let changes = ([abandoned] + parts.map { "\(abandoned)/\($0)" }).map {
        (try? files.attributesOfItem(atPath: $0))?[.modificationDate] as? Date ?? .now
      }
      guard changes.allSatisfy({ $0.timeIntervalSinceNow < -seconds }) else { continue }
      try? files.removeItem(atPath: abandoned)
    }
  }
}
