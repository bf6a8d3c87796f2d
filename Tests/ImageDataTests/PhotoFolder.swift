import Foundation
import TestEnvironment

/// A folder of files that are named as images are; what is in them does not matter.
struct PhotoFolder {
  let folder: TemporaryFolder

  init(_ names: [String]) throws {
    folder = try TemporaryFolder()
    for name in names { try add(name, [1]) }
  }

  var path: String { folder.path }

  /// Writes a file and the folders that it is in; returns its path.
  @discardableResult func add(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = folder.path(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    return try folder.write(bytes, to: name)
  }

  /// Writes a table; returns its path.
  func table(_ text: String, _ name: String = "labels.csv") throws -> String {
    try folder.write(text, to: name)
  }
}
