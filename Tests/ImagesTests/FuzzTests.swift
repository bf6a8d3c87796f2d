import Errors
import Foundation
import Images
import TestEnvironment
import Testing

/// Decoding any bytes ends with an image within the limits or with a Latent error.
@Suite struct FuzzTests {
  /// The number of files over all formats.
  static let count = fuzzCount(20_000)

  @Test(arguments: [1, 2]) func noFileCrashesADecoder(_ seed: UInt64) throws {
    var decoder = ImageDecoder()
    decoder.limits.pixels = 1 << 16
    let files = try GoldenImage.files { name in
      ImageFormat.all.contains { $0.name == ImageFormat.named(name)?.name }
    }
    .map { (name: $0, bytes: try GoldenImage.bytes($0)) }
    var random = SplitMix64(seed: seed)
    var read: [String: Int] = [:]
    var refused = 0
    for _ in 0..<Self.count / 2 {
      guard let file = files.randomElement(using: &random) else { return }
      let bytes = Mutation.of(file.bytes, &random)
      let side = Int.random(in: 0...40, using: &random)
      do {
        let decoded = try decoder.decode(
          bytes, name: file.name, minimumSide: side == 0 ? nil : side)
        read[decoded.format, default: 0] += 1
        let image = decoded.image
        guard image.width * image.height <= decoder.limits.pixels,
          image.width <= decoded.fileWidth, image.height <= decoded.fileHeight,
          image.numbers.allSatisfy(\.isFinite)
        else {
          Issue.record("\(file.name): \(Data(bytes).base64EncodedString())")
          return
        }
      } catch {
        refused += 1
      }
    }
    #expect(read.count == ImageFormat.all.count && refused * 10 > Self.count)
  }
}

/// Slight alterations of a file, as by damage or malice.
private enum Mutation {
  static func of(_ file: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = file
    for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
      // Headers come first and matter most.
      let range = Bool.random(using: &random) ? bytes.count : min(bytes.count, 200)
      let position = Int.random(in: 0..<range, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[position] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &random) ?? 0
      case 3: bytes.removeSubrange(position..<min(bytes.count, position + 7))
      case 4: bytes.removeLast(bytes.count - position)
      case 5:
        let other = Int.random(in: 0..<bytes.count, using: &random)
        bytes.insert(contentsOf: bytes[other..<min(bytes.count, other + 24)], at: position)
      case 6:
        for place in position..<min(bytes.count, position + 4) { bytes[place] = 0xFF }
      default:
        for place in position..<min(bytes.count, position + 2) {
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
      }
    }
    return bytes
  }
}
