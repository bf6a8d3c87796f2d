import Errors
import Foundation

/// Copying of files: complete, flushed to disk and with the digest of what was read.
package enum FileCopy {
  /// The maximum number of bytes of a file held in memory at once.
  private static let pieceSize = 1 << 24

  /// Copies the file at `source` to `target`, creating missing folders. `target` appears only once complete. Returns
  /// the digest of the bytes written. The copy is read-only, except a service history: its owner may write to it,
  /// since each change appends a line.
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

  /// Writes `text` to a new file at `target`.
  package static func write(_ text: String, to target: String) throws(ModelFileError) {
    try FileSink.store(Array(text.utf8), to: target)
  }

  /// Flushes the folder at `path` and all folders below it, so that their entries survive a power failure.
  package static func flushFolders(_ path: String) throws(ModelFileError) {
    for name in try Folder.contents(of: path) where try Folder.isFolder("\(path)/\(name)") {
      try flushFolders("\(path)/\(name)")
    }
    try Folder.flush(path)
  }
}
