import Foundation
import TestEnvironment

/// A folder of files named like images; their contents do not matter.
struct PhotoFolder {
  let folder: TemporaryFolder

  init(_ names: [String]) throws {
    folder = try TemporaryFolder()
    for name in names { try add(name, [1]) }
  }

  var path: String { folder.path }

  /// Writes a file, creating its folders, and returns its path.
  @discardableResult func add(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = folder.path(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    return try folder.write(bytes, to: name)
  }

  /// Writes a table and returns its path.
  func table(_ text: String, _ name: String = "labels.csv") throws -> String {
    try folder.write(text, to: name)
  }
}
