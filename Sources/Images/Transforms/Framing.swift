package import TensorCore

/// How an image of any shape is brought to the model's input size: the first transform, applied to each image once
/// (fastai's item transform).
package enum Framing: Hashable, Sendable, Codable {
  /// The largest part with the target's shape: at a random position in training, otherwise centred.
  case crop
  /// The whole image, with each side scaled independently.
  case squish
  /// The whole image, mirrored at its edges to fill the shape: at a random position in training, otherwise centred.
  case pad
  /// A part of random area and shape in training; otherwise the centre of the whole image, resized to 14 % more than
  /// the target (Szegedy et al., "Going deeper with convolutions", 2014).
  case randomResizedCrop(RandomResizedCrop)

  /// A part with sides `share` times those of the largest part with the target's shape: at a random position in
  /// training, otherwise centred. As in timm with a `crop_pct`.
  case centerCrop(share: Double)

  /// The minimum share of a side.
  package static let leastShare = 0.01

  /// Why it is invalid, in words; nil if images can be framed by it.
  var fault: String? {
    switch self {
    case .randomResizedCrop(let crop): crop.fault
    case .centerCrop(let share):
      (Self.leastShare...1).contains(share)
        ? nil : "a crop whose sides are not \(Self.leastShare) to 1 of the image's"
    case .crop, .squish, .pad: nil
    }
  }

  /// Returns the part of an image of `size` that becomes an image of `target` in training.
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

  /// Returns the part of an image of `size` that becomes an image of `target` outside training.
  package func fixed(for size: ImageSize, to target: ImageSize) -> Frame {
    switch self {
    case .squish: return Frame(whole: size, target: target)
    case .crop, .pad: return frame(size, target, at: SIMD2(0.5, 0.5))
    case .randomResizedCrop:
      // The centre of the enlarged image is a part of the image itself: one resampling suffices.
      let extent = size.numbers * target.numbers / (target.numbers + Self.margin(of: target))
      return Frame(start: (size.numbers - extent) / 2, extent: extent, target: target)
    case .centerCrop(let share): return cut(size, target, share, at: SIMD2(0.5, 0.5))
    }
  }

  /// Returns the shorter side from which on framing enlarges no part of an image: JPEGs need not be decoded larger.
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

  /// Returns what timm and torchvision crop from an image after resizing it so that the target is `share` of its
  /// shorter side. `place` is the position of 0 ... 1 in each direction; the crop is in whole pixels of the resized
  /// image.
  private func cut(
    _ size: ImageSize, _ target: ImageSize, _ share: Double, at place: SIMD2<Double>
  ) -> Frame {
    let covered = (target.numbers / share).rounded(.down)
    let exact = size.numbers / (size.numbers / covered).min()
    // torchvision's `Resize` truncates the longer side to whole pixels; timm's, for non-square targets, rounds it.
    let resized =
      target.width == target.height
      ? (exact + 1e-6).rounded(.down) : exact.rounded(.toNearestOrEven)
    let start = (place * (resized - target.numbers)).rounded(.toNearestOrEven)
    let scale = size.numbers / resized
    return Frame(
      start: start * scale, extent: target.numbers * scale, target: target, isCutLast: true)
  }

  /// Returns by how much the whole exceeds the target when its centre is cropped outside training.
  private static func margin(of target: ImageSize) -> Double {
    (Double(max(target.width, target.height)) * 0.14 / 8).rounded(.up) * 8
  }

  /// Returns the largest part with the target's shape, or the smallest such frame that holds the whole image, in
  /// whole pixels. `place` is the position of 0 ... 1 in each direction.
  private func frame(_ size: ImageSize, _ target: ImageSize, at place: SIMD2<Double>) -> Frame {
    let ratio = size.numbers / target.numbers
    let scale = self == .pad ? ratio.max() : ratio.min()
    // Rounded as in fastai, but at least 1, and tolerant of rounding errors that would lose a pixel.
    let extent = (scale * target.numbers + 1e-6).rounded(.down).clamped(
      lowerBound: SIMD2(1, 1), upperBound: SIMD2(repeating: .infinity))
    let start = (place * (size.numbers - extent)).rounded(.towardZero)
    return Frame(start: start, extent: extent, target: target)
  }
}
