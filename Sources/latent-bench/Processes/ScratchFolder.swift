import Foundation

/// A new, empty folder for what a measurement writes; removed when its owner goes or the program
/// ends.
final class ScratchFolder: Sendable {
  /// Its absolute path.
  let path: String
  private let removal: Cleanup.Token

  /// Makes the folder beneath `parent`, or else beneath the system's folder for temporary files
  /// (`TMPDIR`).
  init(in parent: String? = nil) throws {
    let parent = parent.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory
    let folder = parent.appendingPathComponent("latent-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
    removal = Cleanup.register { try? FileManager.default.removeItem(at: folder) }
  }

  deinit { Cleanup.run(removal) }

  /// The path of `name` in the folder, which need not exist.
  func path(_ name: String) -> String { path + "/" + name }
}
