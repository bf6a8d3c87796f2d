import Errors
import Foundation

/// The history of the versions in service: an append-only file with one line per change.
///
///     2026-11-20T03:12:44Z promote 3
///     2026-11-20T08:01:09Z rollback 2
///     2026-11-21T10:30:00Z scrub 2 4
///
/// The last line means that version 4 takes the place of version 2. A line is written before its change takes effect.
/// A process killed in between leaves one line too many, which `current` contradicts. Torn lines, and lines that
/// Latent did not write, are skipped.
struct ServiceHistory {
  /// A line of the file.
  struct Entry: Equatable {
    enum Change: String {
      case promote
      case rollback
      case scrub
    }
    /// The time of the change, in ISO 8601, UTC.
    var time = Date.now.formatted(.iso8601)
    let change: Change
    /// The version in service from then on or, for a ``Change/scrub``, the version that takes another's place.
    let version: Int
    /// The version whose place is taken; only for a ``Change/scrub``.
    var replaced: Int?
  }

  /// The name of the history file.
  static let fileName = "history"

  /// Returns whether the file at `path` is a history, by its name.
  static func stands(at path: String) -> Bool { path.hasSuffix("/" + fileName) }

  /// The entries, oldest first.
  let entries: [Entry]
  /// Whether the file ends with an incomplete line.
  let isTorn: Bool

  /// Parses the history in `text`.
  init(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    isTorn = lines.popLast().map { !$0.isEmpty } ?? false
    entries = lines.compactMap { line in
      let words = line.split(separator: " ")
      guard words.count > 2, let change = Entry.Change(rawValue: String(words[1])) else {
        return nil
      }
      let numbers = words[2...].compactMap { Int($0) }.filter(VersionNumber.range.contains)
      guard let version = numbers.last, numbers.count == words.count - 2,
        numbers.count == (change == .scrub ? 2 : 1)
      else { return nil }
      return Entry(
        time: String(words[0]), change: change, version: version,
        replaced: change == .scrub ? numbers[0] : nil)
    }
  }

  /// Reads the history at `path`. Empty if there is none.
  init(reading path: String) throws(ModelFileError) {
    do throws(ModelFileError) {
      self.init(try MappedFile(path).withBytes { String(decoding: $0, as: UTF8.self) })
    } catch {
      guard error.code == .missing || error.code == .truncated else { throw error }
      self.init("")
    }
  }

  /// Appends a line to the file at `path` and flushes it to disk.
  static func append(_ entry: Entry, to path: String) throws(ModelFileError) {
    let isTorn = try ServiceHistory(reading: path).isTorn
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw .system("open", errno, place: path) }
    let file = FileHandleOwner(descriptor)
    // Extend a torn line with extra words, so that it cannot be mistaken for a complete one.
    let line =
      (isTorn ? " was torn here\n" : "")
      + "\(entry.time) \(entry.change.rawValue) "
      + (entry.replaced.map { "\($0) " } ?? "") + "\(entry.version)\n"
    let bytes = Array(line.utf8)
    guard write(file.descriptor, bytes, bytes.count) == bytes.count, fsync(file.descriptor) == 0
    else { throw .system("write to", errno, place: path) }
  }

  /// Returns the versions in service so far, oldest first, except those that were rolled back. The last is the one in
  /// service, and the one before it is the rollback target. `current` is the target of the link and takes precedence;
  /// nil if the link is unusable.
  func inService(current: Int?) -> [Int] {
    var stack: [Int] = []
    for entry in entries {
      switch entry.change {
      case .promote: break
      case .rollback: Self.unwind(&stack, to: entry.version)
      case .scrub:
        stack = stack.map { $0 == entry.replaced ? entry.version : $0 }
        continue
      }
      if stack.last != entry.version { stack.append(entry.version) }
    }
    if let current {
      Self.unwind(&stack, to: current)
      if stack.last != current { stack.append(current) }
    }
    return stack
  }

  /// Returns the time since which `version`, the one in service, has been in service without interruption, or nil if
  /// the history does not say.
  func inServiceSince(_ version: Int) -> String? {
    let entries = entries.filter { $0.change != .scrub }
    guard var first = entries.lastIndex(where: { $0.version == version }) else { return nil }
    while first > 0, entries[first - 1].version == version { first -= 1 }
    return entries[first].time
  }

  /// Removes everything after the last occurrence of `version`, if it occurs.
  private static func unwind(_ stack: inout [Int], to version: Int) {
    if let position = stack.lastIndex(of: version) {
      stack.removeSubrange((position + 1)...)
    }
  }
}
