import Images

/// The facts that a check keeps of a decodable file: some 900 bytes.
struct ImageFacts {
  let format: String
  let width: Int
  let height: Int
  let channels: Int
  /// Whether samples are 8-bit.
  let isOfBytes: Bool
  /// The range of the samples; nil if they are 8-bit.
  let range: ClosedRange<Float>?
  let remarks: [ImageRemark]
  /// Whether all pixels have one colour, or nearly.
  let isBlank: Bool
  /// Whether all pixels have exactly one colour: two such images do not count as copies.
  let isUniform: Bool
  /// The digest of size and samples: equal for two files with identical pixels.
  let digest: ContentDigest
  let hash: UInt64
  /// The averaged colours for ``NearDuplicates``.
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
      // The unit and origin of floats are unknown: temperatures in kelvin differ by a hundredth of their mean.
      // Differences hardly above the resolution of 32 bits count as none.
      let spreads = Self.spreads(samples, channels) { Double($0) }
      isUniform = spreads.allSatisfy { $0.spread == 0 }
      isBlank = spreads.allSatisfy { $0.spread <= abs($0.mean) * Self.resolution }
    }
  }

  /// The standard deviation below which an 8-bit channel counts as one colour. Photos of a dark cap have some 1; the
  /// dullest image of `elpv-128`, of dark cells, has 4.5, that of the two sets of photos 12.
  private static let blankSpread = 2.0

  /// Eight times the relative spacing of neighbouring `Float`s.
  private static let resolution = 8 * Double(Float.ulpOfOne)

  /// Returns the mean and standard deviation of each channel.
  private static func spreads<Sample>(
    _ samples: [Sample], _ channels: Int, _ number: (Sample) -> Double
  ) -> [(mean: Double, spread: Double)] {
    let count = Double(samples.count / channels)
    return (0..<channels).map { channel in
      let first = number(samples[channel])
      var (sum, squares) = (0.0, 0.0)
      for position in stride(from: channel, to: samples.count, by: channels) {
        // Relative to the first sample, so that no digits are lost.
        let value = number(samples[position]) - first
        sum += value
        squares += value * value
      }
      let mean = sum / count
      return (first + mean, max(0, squares / count - mean * mean).squareRoot())
    }
  }
}
