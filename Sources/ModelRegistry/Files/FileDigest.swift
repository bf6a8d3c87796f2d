import Crypto
import Foundation

/// The SHA-256 and size of a file, which identify its contents.
package struct FileDigest: Equatable, Sendable {
  /// The SHA-256 in hexadecimal.
  package let sha256: String
  package let byteCount: Int

  /// Creates a digest with the given values.
  package init(sha256: String, byteCount: Int) {
    self.sha256 = sha256
    self.byteCount = byteCount
  }
}

extension FileDigest {
  /// Creates the digest of a file that contains `text`.
  package init(ofText text: String) {
    var digester = FileDigester()
    Array(text.utf8).withUnsafeBytes { digester.append($0) }
    self = digester.digest
  }

  /// Creates the digest of the file at `path` by reading all of it.
  package init(ofFile path: String) throws(ModelFileError) {
    let file = try MappedFile(path)
    self = file.withBytes { bytes in
      var digester = FileDigester()
      // In chunks, so that one chunk can be evicted from memory while the next is read.
      for start in stride(from: 0, to: bytes.count, by: 1 << 24) {
        let piece = bytes[start..<min(bytes.count, start + 1 << 24)]
        digester.append(UnsafeRawBufferPointer(rebasing: piece))
      }
      return digester.digest
    }
  }
}

/// An incremental computation of a ``FileDigest``.
struct FileDigester {
  private var hash = SHA256()
  private var byteCount = 0

  /// Appends `bytes`.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
    byteCount += bytes.count
  }

  /// The digest of all bytes appended so far.
  var digest: FileDigest {
    let sha256 = hash.finalize().map { String(format: "%02x", $0) }.joined()
    return FileDigest(sha256: sha256, byteCount: byteCount)
  }
}
