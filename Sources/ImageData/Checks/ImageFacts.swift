import Crypto
import Foundation
import Images

/// What a check keeps of a file that can be decoded: some 900 bytes.
struct ImageFacts {
  let format: String
  let width: Int
  let height: Int
  let channels: Int
  /// Whether samples are bytes.
  let isOfBytes: Bool
  let remarks: [ImageRemark]
  /// Whether all pixels are of one colour, or nearly.
  let isBlank: Bool
  /// Of size and samples: the same for two files of the same pixels.
  let digest: ContentDigest
  let hash: UInt64
  /// For ``NearDuplicates``.
  let colours: [Int8]

  init(_ decoded: DecodedImage) {
    let image = decoded.image
    format = decoded.format
    (width, height, channels) = (image.width, image.height, image.channels)
    remarks = decoded.remarks
    digest = ContentDigest(image)
    let thumbnail = ImageThumbnail(image)
    hash = PerceptualHash.of(thumbnail)
    colours = NearDuplicates.colours(of: thumbnail)
    switch image.samples {
    case .uint8(let samples):
      isOfBytes = true
      isBlank = Self.spreads(samples, channels) { Double($0) }.allSatisfy {
        $0.spread < Self.blankSpread
      }
    case .float32(let samples):
      isOfBytes = false
      // Of numbers it is not known what they count: a hundredth of their mean is nothing.
      isBlank = Self.spreads(samples, channels) { Double($0) }.allSatisfy {
        $0.spread <= abs($0.mean) / 100
      }
    }
  }

  /// The standard deviation below which a channel of bytes is of one colour: photos of a dark cap have some 1; the
  /// dullest of `elpv-128`, of dark cells, has 4.5, of the two sets of photos 12.
  private static let blankSpread = 2.0

  /// Mean and standard deviation of each channel.
  private static func spreads<Sample>(
    _ samples: [Sample], _ channels: Int, _ number: (Sample) -> Double
  ) -> [(mean: Double, spread: Double)] {
    let count = Double(samples.count / channels)
    return (0..<channels).map { channel in
      let first = number(samples[channel])
      var (sum, squares) = (0.0, 0.0)
      for position in stride(from: channel, to: samples.count, by: channels) {
        // Around the first, so that no digits are lost.
        let value = number(samples[position]) - first
        sum += value
        squares += value * value
      }
      let mean = sum / count
      return (first + mean, max(0, squares / count - mean * mean).squareRoot())
    }
  }
}

/// Half of a SHA-256: two contents that share one are the same.
struct ContentDigest: Hashable {
  private let first: UInt64
  private let second: UInt64

  /// Of an image's size and samples.
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
