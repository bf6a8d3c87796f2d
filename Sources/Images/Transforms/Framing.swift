package import TensorCore

/// How an image of any shape is brought to the size that a model sees: the first transform, once for each
/// image (fastai's item transform).
package enum Framing: Hashable, Sendable, Codable {
  /// The largest part of the wanted shape, from a random place in training and the middle otherwise.
  case crop
  /// All of it, each side scaled by itself.
  case squish
  /// All of it, mirrored at its edges to fill the shape, at a random place in training and in the middle
  /// otherwise.
  case pad
  /// A part of random area and shape in training; otherwise the middle of the whole image, brought to 14 %
  /// more than the size (Szegedy et al., "Going deeper with convolutions", 2014).
  case randomResizedCrop(RandomResizedCrop)

  /// A part whose sides are `share` of those of the largest part of the wanted shape, from a random place in training
  /// and the middle otherwise: as timm has it with a `crop_pct`.
  case centerCrop(share: Double)

  /// The least share of a side that can be looked at.
  package static let leastShare = 0.01

  /// What is wrong with it, in words; nil when images can be framed by it.
  var fault: String? {
    switch self {
    case .randomResizedCrop(let crop): crop.fault
    case .centerCrop(let share):
      (Self.leastShare...1).contains(share)
        ? nil : "a part of an image whose sides are beyond \(Self.leastShare) ... 1 of it"
    case .crop, .squish, .pad: nil
    }
  }

  /// Which part of an image of `size` becomes an image of `target` in training.
  package func drawn(
    for size: ImageSize, to target: ImageSize, random: inout RandomStream
  ) -> Frame {
    switch self {
    case .squish: Frame(whole: size, target: target)
    case .crop, .pad: frame(size, target, at: SIMD2(random.unit(), random.unit()))
    case .randomResizedCrop(let crop): crop.drawn(for: size, to: target, random: &random)
    case .centerCrop(let share):
      cut(size, target, share, at: SIMD2(random.unit(), random.unit()))
    }
  }

  /// Which part of an image of `size` becomes an image of `target` outside training.
  package func fixed(for size: ImageSize, to target: ImageSize) -> Frame {
    switch self {
    case .squish: return Frame(whole: size, target: target)
    case .crop, .pad: return frame(size, target, at: SIMD2(0.5, 0.5))
    case .randomResizedCrop:
      // The middle of the enlarged whole is a part of the image itself: one resampling.
      let extent = size.numbers * target.numbers / (target.numbers + Self.margin(of: target))
      return Frame(start: (size.numbers - extent) / 2, extent: extent, target: target)
    case .centerCrop(let share): return cut(size, target, share, at: SIMD2(0.5, 0.5))
    }
  }

  /// The shorter side of images of which no part is enlarged that is looked at: JPEGs need not be decoded larger.
  package func shortestSide(for target: ImageSize, isTraining: Bool) -> Int {
    let (least, most) = (min(target.width, target.height), max(target.width, target.height))
    switch self {
    case .pad: return least
    case .crop, .squish: return most
    case .centerCrop(let share): return Int((Double(most) / share).rounded(.up))
    case .randomResizedCrop(let crop):
      let fixed = most + Int(Self.margin(of: target))
      return isTraining ? max(fixed, Int((Double(most) / crop.leastShare).rounded(.up))) : fixed
    }
  }

  /// What timm and torchvision cut out of an image that they have resized, so that the target is `share` of its shorter
  /// side, at a place of 0 ... 1 in each direction; in whole pixels of the resized image.
  private func cut(
    _ size: ImageSize, _ target: ImageSize, _ share: Double, at place: SIMD2<Double>
  ) -> Frame {
    let covered = (target.numbers / share).rounded(.down)
    let exact = size.numbers / (size.numbers / covered).min()
    // torchvision's `Resize` cuts the longer side off to whole pixels, timm's for other shapes than squares rounds it.
    let resized =
      target.width == target.height
      ? (exact + 1e-6).rounded(.down) : exact.rounded(.toNearestOrEven)
    let start = (place * (resized - target.numbers)).rounded(.toNearestOrEven)
    let scale = size.numbers / resized
    return Frame(
      start: start * scale, extent: target.numbers * scale, target: target, isCutLast: true)
  }

  /// By how much larger than the target the whole is whose middle is looked at outside training.
  private static func margin(of target: ImageSize) -> Double {
    (Double(max(target.width, target.height)) * 0.14 / 8).rounded(.up) * 8
  }

  /// The largest part of the target's shape, or what holds the whole image, at a place of 0 ... 1 in each
  /// direction; in whole pixels.
  private func frame(_ size: ImageSize, _ target: ImageSize, at place: SIMD2<Double>) -> Frame {
    let ratio = size.numbers / target.numbers
    let scale = self == .pad ? ratio.max() : ratio.min()
    // As fastai rounds, but never to nothing, and a rounding error does not lose a pixel.
    let extent = (scale * target.numbers + 1e-6).rounded(.down).clamped(
      lowerBound: SIMD2(1, 1), upperBound: SIMD2(repeating: .infinity))
    let start = (place * (size.numbers - extent)).rounded(.towardZero)
    return Frame(start: start, extent: extent, target: target)
  }
}
