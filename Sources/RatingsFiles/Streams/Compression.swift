import CZlib
import CZstd
import Errors

/// A compression format, recognised by its first bytes and decompressed while reading.
///
/// A new format needs its own ``ByteStream`` and a case here.
enum Compression: String, CaseIterable {
  case gzip, zstd

  /// Detects the compression whose signature `bytes` begin with.
  init?(of bytes: ArraySlice<UInt8>) {
    guard let found = Self.allCases.first(where: { $0.begins(bytes) }) else {
      return nil
    }
    self = found
  }

  /// The number of bytes that ``init(of:)`` needs.
  static let signatureByteCount = 4

  private func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .gzip: bytes.starts(with: [0x1F, 0x8B])  // RFC 1952, 2.3.1
    case .zstd:
      // RFC 8878, 3.1.1 and 3.1.2: a frame, or a skippable one.
      bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
        || (bytes.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
          && bytes.first.map { 0x50...0x5F ~= $0 } == true)
    }
  }

  /// Returns a stream of the decompressed content of `source`, the file called `name`.
  func unpacked(_ source: any ByteStream, name: String) throws(RatingsFileError) -> any ByteStream {
    switch self {
    case .gzip: try GzipStream(source, name: name)
    case .zstd: try ZstdStream(source, name: name)
    }
  }
}

extension RatingsFileError {
  /// Returns the error of a compressed file called `name` that can't be decompressed.
  static func damagedArchive(_ problem: String, name: String) -> RatingsFileError {
    RatingsFileError(
      .inputOutput, problem, place: FilePlace(file: name),
      remedy: "Nothing was imported: fetch or copy the file again.")
  }
}

/// The libraries used for decompression.
package enum UnpackingLibraries {
  /// The names and versions of the libraries, for display.
  package static var versions: String {
    "zlib \(String(cString: zlibVersion())), zstd \(String(cString: ZSTD_versionString()))"
  }
}
