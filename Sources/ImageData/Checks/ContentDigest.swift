import Crypto
import Foundation
import Images

/// Half of a SHA-256: contents with equal digests are taken to be equal.
struct ContentDigest: Hashable {
  private let first: UInt64
  private let second: UInt64

  /// Digests an image's size and samples.
  init(_ image: Image) {
    var hash = SHA256()
    for number in [image.width, image.height, image.channels] {
      withUnsafeBytes(of: UInt64(number).littleEndian) { hash.update(bufferPointer: $0) }
    }
    switch image.samples {
    case .uint8(let samples): samples.withUnsafeBytes { hash.update(bufferPointer: $0) }
    case .float32(let samples): samples.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    self.init(hash.finalize())
  }

  private init(_ digest: SHA256.Digest) {
    (first, second) = digest.withUnsafeBytes {
      ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
  }
}
