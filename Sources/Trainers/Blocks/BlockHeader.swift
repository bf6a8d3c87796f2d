import Crypto
import Errors

/// The first 64 bytes of a frame.
struct BlockHeader: Equatable {
  /// The size of a header.
  static let byteCount = 64
  /// The protocol version of this program.
  static let version: UInt16 = 1
  /// Distinguishable from text, and corrupted by conversion of line endings.
  private static let signature: [UInt8] = [0x89] + Array("LATENT\n".utf8)

  let kind: BlockFrame.Kind
  let tag: UInt64
  /// The number of bytes after the header.
  let length: Int
  /// The SHA-256 of the preceding header bytes and of the bytes after the header.
  var digest: [UInt8]

  init(_ kind: BlockFrame.Kind, tag: UInt64, length: Int) {
    self.kind = kind
    self.tag = tag
    self.length = length
    digest = [UInt8](repeating: 0, count: SHA256.byteCount)
  }

  /// Parses `bytes`. Throws `badFrame`, `otherVersion`, `tooLong`.
  init(reading bytes: [UInt8], place: String) throws(BlockError) {
    func number(_ range: Range<Int>) -> UInt64 {
      range.reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
    guard bytes.count == Self.byteCount, Array(bytes[..<8]) == Self.signature else {
      throw .bad(.badFrame, "it does not start with a frame's signature", place: place)
    }
    let version = number(8..<10)
    guard version == Self.version else {
      throw .bad(
        .otherVersion, "it has protocol version \(version), not \(Self.version)",
        place: place, remedy: "Use the client and the program of the same version of latent.")
    }
    guard let kind = BlockFrame.Kind(rawValue: UInt16(number(10..<12))), number(12..<16) == 0 else {
      throw .bad(.badFrame, "there is no frame kind \(number(10..<12))", place: place)
    }
    let length = number(16..<24)
    guard length <= UInt64(BlockFrame.byteLimit) else {
      throw .bad(
        .tooLong, "its length is \(length) bytes, and the limit is \(BlockFrame.byteLimit)",
        place: place, remedy: "Use smaller blocks, or a file of factors.")
    }
    guard length >= UInt64(BlockFields.slotByteCount), length % UInt64(BlockFields.alignment) == 0
    else { throw .bad(.badFrame, "\(length) bytes is not a valid frame length", place: place) }
    self.kind = kind
    self.length = Int(length)
    tag = number(24..<32)
    digest = Array(bytes[32...])
  }

  /// The encoded header.
  var bytes: [UInt8] { start + digest }

  /// The bytes before the digest.
  var start: [UInt8] {
    func little(_ number: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
    return Self.signature + little(UInt64(Self.version), 2) + little(UInt64(kind.rawValue), 2)
      + little(0, 4) + little(UInt64(length), 8) + little(tag, 8)
  }
}

/// Computes the digest of a frame incrementally.
struct BlockDigester {
  private var hash = SHA256()

  /// Starts the digest of a frame with the given header.
  init(_ header: BlockHeader) { hash.update(data: header.start) }

  /// Appends `bytes` to the hashed data.
  mutating func append(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  /// The digest of all bytes so far.
  var digest: [UInt8] { Array(hash.finalize()) }
}
