import Foundation

/// Normalises paths relative to a folder, so that each file has one form.
struct FolderPaths {
  /// The components of the folder's absolute path.
  private let root: [ArraySlice<UInt8>]

  private static let slash = UInt8(ascii: "/")

  /// Creates it for the folder at `root`; an empty path is the current folder.
  init(_ root: String) {
    let isAbsolute = root.utf8.first == Self.slash
    self.root = Self.resolved(
      Self.parts(isAbsolute ? root : FileManager.default.currentDirectoryPath + "/" + root))
  }

  /// Returns `path`, which is relative to the folder or absolute, without empty components, `.` and `..`. It becomes
  /// relative if it leads into the folder. Links are not resolved: `..` after one goes back to the link's own
  /// folder.
  func normal(_ path: String) -> String {
    if Self.isPlain(path) { return path }
    let isAbsolute = path.utf8.first == Self.slash
    let parts = Self.parts(path)
    let whole = Self.resolved(isAbsolute ? parts : root + parts)
    if whole.count > root.count, whole.starts(with: root) {
      return Self.text(whole[root.count...])
    }
    return isAbsolute ? "/" + Self.text(whole[...]) : Self.text(Self.resolved(parts)[...])
  }

  /// Returns whether a path is relative and already normal, as nearly all are.
  private static func isPlain(_ path: String) -> Bool {
    var length = 0
    var isOfDots = true
    for byte in path.utf8 {
      if byte == slash {
        if length == 0 || isOfDots && length <= 2 { return false }
        (length, isOfDots) = (0, true)
      } else {
        length += 1
        isOfDots = isOfDots && byte == UInt8(ascii: ".")
      }
    }
    return length > 2 || length > 0 && !isOfDots
  }

  /// Splits by bytes: as characters, a `/` and a combining accent after it are one.
  private static func parts(_ path: String) -> [ArraySlice<UInt8>] {
    Array(path.utf8).split(separator: slash)
  }

  private static func resolved(_ parts: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
    let (here, up) = (Array(".".utf8)[...], Array("..".utf8)[...])
    var resolved: [ArraySlice<UInt8>] = []
    for part in parts where part != here {
      if part == up, let last = resolved.last, last != up {
        resolved.removeLast()
      } else {
        resolved.append(part)
      }
    }
    return resolved
  }

  private static func text(_ parts: ArraySlice<ArraySlice<UInt8>>) -> String {
    String(decoding: Array(parts.joined(separator: [slash])), as: UTF8.self)
  }
}
