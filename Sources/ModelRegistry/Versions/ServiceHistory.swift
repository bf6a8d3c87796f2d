import Errors
import Foundation

/// Which versions were in service one after the other: a file with one line for each change,
///
///     2026-11-20T03:12:44Z promote 3
///     2026-11-20T08:01:09Z rollback 2
///     2026-11-21T10:30:00Z scrub 2 4
///
/// that is only ever added to; the last line says that version 4 stands where version 2 stood. A line
/// is written before the change it speaks of, so that a process killed in between leaves a line too
/// many, which `current` contradicts. A line that is torn, or that somebody else wrote, is passed
/// over.
struct ServiceHistory {
  /// A line of the file.
  struct Entry: Equatable {
    enum Change: String {
      case promote
      case rollback
      case scrub
    }
    /// When, in ISO 8601, UTC.
    var time = Date.now.formatted(.iso8601)
    let change: Change
    /// The version that is in service from then on or, of a ``Change/scrub``, that stands in the
    /// other's place.
    let version: Int
    /// The version whose place that is; of a ``Change/scrub`` alone.
    var replaced: Int?
  }

  /// What the file of a name is called.
  static let fileName = "history"

  /// Whether the file at `path` is one.
  static func stands(at path: String) -> Bool { path.hasSuffix("/" + fileName) }

  /// The lines of the file, the oldest first.
  let entries: [Entry]
  /// Whether the file ends in the middle of a line.
  let isTorn: Bool

  /// The history in `text`.
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

  /// The history at `path`; an empty one when there is none.
  init(reading path: String) throws(ModelFileError) {
    do throws(ModelFileError) {
      self.init(try MappedFile(path).withBytes { String(decoding: $0, as: UTF8.self) })
    } catch {
      guard error.code == .missing || error.code == .truncated else { throw error }
      self.init("")
    }
  }

  /// Adds a line to the file at `path` and flushes it to the disk.
  static func append(_ entry: Entry, to path: String) throws(ModelFileError) {
    let isTorn = try ServiceHistory(reading: path).isTorn
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw .system("open", errno, place: path) }
    let file = FileHandleOwner(descriptor)
    // A torn line is made one of too many words, so that it is not taken for a whole one.
    let line =
      (isTorn ? " was torn here\n" : "")
      + "\(entry.time) \(entry.change.rawValue) "
      + (entry.replaced.map { "\($0) " } ?? "") + "\(entry.version)\n"
    let bytes = Array(line.utf8)
    guard write(file.descriptor, bytes, bytes.count) == bytes.count, fsync(file.descriptor) == 0
    else { throw .system("write to", errno, place: path) }
  }

  /// The versions in service up to now, oldest first, without those that were rolled back: the last
  /// is the one in service, the one before it the one to go back to. `current` is what the link
  /// says, and has the last word; nil when it says nothing of use.
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

  /// Since when `version`, the one in service, has been so without a break; nil when the history
  /// does not say.
  func inServiceSince(_ version: Int) -> String? {
    let entries = entries.filter { $0.change != .scrub }
    guard var first = entries.lastIndex(where: { $0.version == version }) else { return nil }
    while first > 0, entries[first - 1].version == version { first -= 1 }
    return entries[first].time
  }

  /// Takes off what came after `version`, if it is there.
  private static func unwind(_ stack: inout [Int], to version: Int) {
    if let position = stack.lastIndex(of: version) {
      stack.removeSubrange((position + 1)...)
    }
  }
}
