import Foundation
import Images

/// Images that differ from the others of their folder, or are odd in themselves.
struct OddImages {
  let findings: [ImageFinding]

  init(_ images: [(file: String, points: [SIMD2<Float>], facts: ImageFacts)]) {
    let channels = Self.most(images.map { $0.facts.channels })
    let isOfBytes = Self.most(images.map { $0.facts.isOfBytes }) ?? true
    let sizes = SizeRange(images.map { ($0.facts.width, $0.facts.height) })
    let scale = SampleScale(images.map(\.facts))
    var findings: [ImageFinding] = []
    for (file, points, facts) in images {
      func add(_ kind: ImageFinding.Kind, _ detail: String) {
        findings.append(ImageFinding(kind: kind, image: file, detail: detail))
      }
      if facts.isBlank { add(.blank, "all of one colour, or nearly") }
      if let detail = sizes.outlier(width: facts.width, height: facts.height) { add(.size, detail) }
      if let channels, facts.channels != channels {
        add(.channels, "has \(facts.channels), and most have \(channels)")
      } else if facts.isOfBytes != isOfBytes {
        add(
          .channels,
          facts.isOfBytes
            ? "has 8 bits per sample, and most have more"
            : "has more than 8 bits per sample, and most have 8")
      }
      if let detail = scale.outlier(facts) { add(.scale, detail) }
      for point in points
      where point.x < 0 || point.y < 0 || point.x > Float(facts.width)
        || point.y > Float(facts.height)
      {
        add(
          .pointOutside, "(\(point.x), \(point.y)) is outside \(facts.width) by \(facts.height)")
      }
      for remark in facts.remarks {
        switch remark {
        case .mislabelled: add(.wrongExtension, "is \(facts.format) by its first bytes")
        case .transparent: add(.transparent, "is composited onto white")
        case .severalImages(let count): add(.several, "holds \(count), of which the first is read")
        case .strayBytes: add(.strayBytes, "between its parts: it may be damaged")
        case .channelsFirst:
          add(
            .channels,
            "its \(facts.channels) channels may be columns: save numpy.moveaxis(array, 0, -1)")
        }
      }
    }
    self.findings = findings
  }

  /// Returns the most frequent value; the first of equally frequent ones.
  private static func most<Value: Hashable>(_ values: [Value]) -> Value? {
    let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
    let most = counts.values.max()
    return values.first { counts[$0] == most }
  }
}

/// The typical magnitude of the float samples in a folder's images.
private struct SampleScale {
  /// The median of the images' largest magnitudes; nil without such images.
  private let median: Float?

  /// The factor from the median at which an image seems to use another unit: reflectances range from 0 to 1 or from
  /// 0 to 10000.
  private static let factor: Float = 100

  init(_ images: [ImageFacts]) {
    let sizes = images.filter { !$0.isBlank }.compactMap { $0.range?.magnitude }.sorted()
    median = sizes.isEmpty ? nil : sizes[sizes.count / 2]
  }

  /// Returns what is odd about an image's samples; nil if nothing is. Blank images are skipped, since they are
  /// reported as such.
  func outlier(_ facts: ImageFacts) -> String? {
    guard let median, let range = facts.range, !facts.isBlank else { return nil }
    let isLarge = range.magnitude >= median * Self.factor
    guard isLarge || range.magnitude * Self.factor <= median else { return nil }
    let others = String(format: "%g", median)
    return "samples from \(range.words), and those of half the images reach \(others) "
      + (isLarge ? "at most" : "or more")
  }
}

/// The typical sizes of a folder's images.
private struct SizeRange {
  /// The size of at least 95 % of the images; nil if there is none.
  private let usual: (width: Int, height: Int)?
  private let medianSide: Int
  private let medianRatio: Double

  init(_ sizes: [(width: Int, height: Int)]) {
    let counts = Dictionary(sizes.map { ([$0.width, $0.height], 1) }, uniquingKeysWith: +)
    let most = counts.max { $0.value < $1.value }
    usual =
      most.flatMap { $0.value * 100 >= sizes.count * 95 ? ($0.key[0], $0.key[1]) : nil }
    let sides = sizes.map { min($0.width, $0.height) }.sorted()
    medianSide = sides.isEmpty ? 0 : sides[sides.count / 2]
    let ratios = sizes.map { Self.ratio($0.width, $0.height) }.sorted()
    medianRatio = ratios.isEmpty ? 1 : ratios[ratios.count / 2]
  }

  /// Returns what is odd about a size: other than nearly all, much smaller than most, or much more elongated than
  /// most.
  func outlier(width: Int, height: Int) -> String? {
    if let usual {
      return (width, height) == usual
        ? nil : "\(width) by \(height), and nearly all are \(usual.width) by \(usual.height)"
    }
    let side = min(width, height)
    if side * 4 <= medianSide {
      return
        "\(width) by \(height): half of the images have a shorter side of \(medianSide) or more"
    }
    if Self.ratio(width, height) >= 2.5 * medianRatio {
      return "\(width) by \(height): much longer on one side than most"
    }
    return nil
  }

  private static func ratio(_ width: Int, _ height: Int) -> Double {
    Double(max(width, height)) / Double(min(width, height))
  }
}
