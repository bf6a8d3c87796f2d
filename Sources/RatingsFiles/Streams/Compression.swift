import CZlib
import CZstd
import Errors

/// How a file may be compressed: what is told by its first bytes and unpacked on the way.
///
/// A new one is a ``ByteStream`` of its own and a case here.
enum Compression: String, CaseIterable {
  case gzip, zstd

  /// The compression whose signature `bytes` begin with.
  init?(of bytes: ArraySlice<UInt8>) {
    guard let found = Self.allCases.first(where: { $0.begins(bytes) }) else {
      return nil
    }
    self = found
  }

  /// How many bytes ``init(of:)`` needs to see.
  static let signatureByteCount = 4

  private func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .gzip: bytes.starts(with: [0x1F, 0x8B])  // RFC 1952, 2.3.1
    case .zstd:
      // RFC 8878, 3.1.1 and 3.1.2: a frame, or one that is to be skipped.
      bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
        || (bytes.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
          && bytes.first.map { 0x50...0x5F ~= $0 } == true)
    }
  }

  /// What `source`, the file called `name`, holds unpacked.
  func unpacked(_ source: any ByteStream, name: String) throws(RatingsFileError) -> any ByteStream {
    switch self {
    case .gzip: try GzipStream(source, name: name)
    case .zstd: try ZstdStream(source, name: name)
    }
  }
}

extension RatingsFileError {
  /// The error of a compressed file called `name` that can't be unpacked.
  static func damagedArchive(_ problem: String, name: String) -> RatingsFileError {
    RatingsFileError(
      .inputOutput, problem, place: FilePlace(file: name),
      remedy: "Nothing was imported: fetch or copy the file again.")
  }
}

/// The libraries that files are unpacked with.
package enum UnpackingLibraries {
  /// Their names and versions, for a person.
  package static var versions: String {
    "zlib \(String(cString: zlibVersion())), zstd \(String(cString: ZSTD_versionString()))"
  }
}
