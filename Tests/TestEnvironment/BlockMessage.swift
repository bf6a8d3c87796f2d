import Crypto
package import Foundation

/// A frame of `latent solve-block`, written and read as another program would, from the description in ARCHITECTURE.md.
package struct BlockMessage: Sendable {
  package var kind: UInt16
  package var tag: UInt64
  package var version: UInt16 = 1
  /// The eight slots; omitted ones are 0.
  package var slots: [UInt64]
  /// The arrays; a frame that was read has all of them in one.
  package var arrays: [Data]

  package init(_ kind: UInt16, tag: UInt64 = 0, _ slots: [UInt64], _ arrays: [Data] = []) {
    self.kind = kind
    self.tag = tag
    self.slots = slots
    self.arrays = arrays
  }

  /// The part of the frame after the header.
  package var payload: Data {
    var payload = Self.bytes(slots + [UInt64](repeating: 0, count: 8 - slots.count))
    for array in arrays { payload += array + Data(count: (64 - array.count % 64) % 64) }
    return payload
  }

  /// The whole frame.
  package var frame: Data { frame(of: payload) }

  /// Returns a frame of this kind with another payload and its digest.
  package func frame(of payload: Data) -> Data {
    var start = Data([0x89]) + Data("LATENT\n".utf8)
    start += Self.bytes([version]) + Self.bytes([kind]) + Data(count: 4)
    start += Self.bytes([UInt64(payload.count)]) + Self.bytes([tag])
    return start + Data(SHA256.hash(data: start + payload)) + payload
  }

  /// The SHA-256 in the frame's header.
  package var digest: Data { frame[32..<64] }

  /// Returns the frames in `data`, without checking their digests.
  package static func reading(_ data: Data) -> [BlockMessage] {
    var messages: [BlockMessage] = []
    var rest = data
    while rest.count >= 128 {
      let numbers = self.numbers(Data(rest.prefix(128)), of: UInt64.self)
      let length = Int(numbers[2])
      let payload = Data(rest.dropFirst(64).prefix(length))
      messages.append(
        BlockMessage(
          UInt16(truncatingIfNeeded: numbers[1] >> 16), tag: numbers[3], Array(numbers[8...]),
          [payload.dropFirst(64)]))
      rest = rest.dropFirst(64 + length)
    }
    return messages
  }

  /// Returns the numbers of an array in a frame that was read; `offset` is in bytes from the end of the slots.
  package func floats(_ count: Int, from offset: Int = 0) -> [Float] {
    Self.numbers(Data(arrays[0].dropFirst(offset).prefix(4 * count)), of: Float.self)
  }

  /// Returns the numbers of such an array in double precision.
  package func doubles(_ count: Int, from offset: Int) -> [Double] {
    Self.numbers(Data(arrays[0].dropFirst(offset).prefix(8 * count)), of: Double.self)
  }

  /// Returns the bytes of numbers.
  package static func bytes<Number: BitwiseCopyable>(_ numbers: [Number]) -> Data {
    numbers.withUnsafeBytes { Data($0) }
  }

  private static func numbers<Number: BitwiseCopyable>(
    _ data: Data, of type: Number.Type
  ) -> [Number] {
    data.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<Number>.stride).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: type)
      }
    }
  }
}
