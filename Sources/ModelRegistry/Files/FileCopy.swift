import Errors
import Foundation

/// Copies of files that are whole, flushed to the disk, and known by what was read.
package enum FileCopy {
  /// The most of a file that is in memory at once, in bytes.
  private static let pieceSize = 1 << 24

  /// Copies the file at `source` to `target`, where it appears whole; makes the folders that it is to stand in. Returns the digest of
  /// what was written. A name's history, to which each change adds a line, is for its owner to write to; all else is for nobody.
  package static func make(
    of source: String, at target: String
  ) throws(ModelFileError) -> FileDigest {
    try Folder.make(Folder.parent(of: target))
    let file = try MappedFile(source)
    let sink = try FileSink(target, mode: ServiceHistory.stands(at: target) ? 0o644 : 0o444)
    for start in stride(from: 0, to: file.byteCount, by: pieceSize) {
      try file.withBytes { (bytes) throws(ModelFileError) in
        try sink.append(
          UnsafeRawBufferPointer(
            rebasing: bytes[start..<min(bytes.count, start + pieceSize)]))
      }
    }
    return try sink.finish()
  }

  /// Makes a file at `target` that says `text`.
  package static func write(_ text: String, to target: String) throws(ModelFileError) {
    try FileSink.store(Array(text.utf8), to: target)
  }

  /// Flushes the folders at and beneath `path`, so that what stands in them survives a power cut.
  package static func flushFolders(_ path: String) throws(ModelFileError) {
    for name in try Folder.contents(of: path) where try Folder.isFolder("\(path)/\(name)") {
      try flushFolders("\(path)/\(name)")
    }
    try Folder.flush(path)
  }
}
