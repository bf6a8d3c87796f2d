import Foundation

/// A new, empty folder, removed when its owner is deallocated.
package final class TemporaryFolder: Sendable {
  /// Its absolute path.
  package let path: String

  /// Creates the folder in the system's temporary folder.
  package init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("latent-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Returns the path of `name` in the folder; the file need not exist.
  package func path(_ name: String) -> String { path + "/" + name }

  /// Writes `text` to the file `name` in the folder and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  /// Writes `bytes` to the file `name` in the folder and returns its path.
  @discardableResult
  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = path(name)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}
