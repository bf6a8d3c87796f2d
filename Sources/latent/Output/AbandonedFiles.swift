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

  /// Those that are to become the file or folder at `path`, whether or not that ends with a slash.
  init(beside path: String, _ suffix: String) {
    let name = path.reversed().drop { $0 == "/" }.reversed()
    self.init(named: String(name) + ".", suffix)
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
        process == getpid() || Self.isGone(process)
      else { continue }
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  /// Whether there is no process of that number.
  private static func isGone(_ process: Int32) -> Bool { kill(process, 0) != 0 && errno == ESRCH }

  /// Removes folders beside `path` that end with a process's number and `suffix`, whatever is before it, when nothing was made in them for
  /// `seconds` and the process is gone: another machine's are not known here.
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
