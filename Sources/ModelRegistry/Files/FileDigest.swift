import Crypto
import Foundation

/// What tells one file's contents from another's.
package struct FileDigest: Equatable, Sendable {
  /// SHA-256 in hexadecimal.
  package let sha256: String
  package let byteCount: Int

  /// The digest that says so.
  package init(sha256: String, byteCount: Int) {
    self.sha256 = sha256
    self.byteCount = byteCount
  }
}

extension FileDigest {
  /// The digest of a file that says `text`.
  package init(ofText text: String) {
    var digester = FileDigester()
    Array(text.utf8).withUnsafeBytes { digester.append($0) }
    self = digester.digest
  }

  /// The digest of the file at `path`, which is read through.
  package init(ofFile path: String) throws(ModelFileError) {
    let file = try MappedFile(path)
    self = file.withBytes { bytes in
      var digester = FileDigester()
      // In pieces, so that a piece may leave memory while the next is read.
      for start in stride(from: 0, to: bytes.count, by: 1 << 24) {
        let piece = bytes[start..<min(bytes.count, start + 1 << 24)]
        digester.append(UnsafeRawBufferPointer(rebasing: piece))
      }
      return digester.digest
    }
  }
}

/// Makes a ``FileDigest`` of bytes as they come.
struct FileDigester {
  private var hash = SHA256()
  private var byteCount = 0

  /// Takes `bytes` behind those taken before.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
    byteCount += bytes.count
  }

  /// The digest of all bytes so far.
  var digest: FileDigest {
    let sha256 = hash.finalize().map { String(format: "%02x", $0) }.joined()
    return FileDigest(sha256: sha256, byteCount: byteCount)
  }
}
