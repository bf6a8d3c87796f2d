import Images

/// What a check keeps of a file that can be decoded: some 900 bytes.
struct ImageFacts {
  let format: String
  let width: Int
  let height: Int
  let channels: Int
  /// Whether samples are bytes.
  let isOfBytes: Bool
  /// The least and the greatest sample; nil of bytes.
  let range: ClosedRange<Float>?
  let remarks: [ImageRemark]
  /// Whether all pixels are of one colour, or nearly.
  let isBlank: Bool
  /// Whether all are of one colour exactly: two such images are not copies of each other.
  let isUniform: Bool
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
    range = image.numberRange()
    digest = ContentDigest(image)
    let thumbnail = ImageThumbnail(image)
    hash = PerceptualHash.of(thumbnail)
    colours = NearDuplicates.colours(of: thumbnail)
    switch image.samples {
    case .uint8(let samples):
      isOfBytes = true
      let spreads = Self.spreads(samples, channels) { Double($0) }
      isUniform = spreads.allSatisfy { $0.spread == 0 }
      isBlank = spreads.allSatisfy { $0.spread < Self.blankSpread }
    case .float32(let samples):
      isOfBytes = false
      // Of numbers it is not known what they count, nor from where: kelvins differ by a hundredth of their mean. What
      // differs by little more than 32 bits resolve is of one value.
      let spreads = Self.spreads(samples, channels) { Double($0) }
      isUniform = spreads.allSatisfy { $0.spread == 0 }
      isBlank = spreads.allSatisfy { $0.spread <= abs($0.mean) * Self.resolution }
    }
  }

  /// The standard deviation below which a channel of bytes is of one colour: photos of a dark cap have some 1; the
  /// dullest of `elpv-128`, of dark cells, has 4.5, of the two sets of photos 12.
  private static let blankSpread = 2.0

  /// Eight times the distance of neighbouring `Float`s, relative to them.
  private static let resolution = 8 * Double(Float.ulpOfOne)

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
