import Foundation
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

  /// Which part of an image of `size` becomes an image of `target` in training.
  package func drawn(
    for size: ImageSize, to target: ImageSize, random: inout RandomStream
  ) -> Frame {
    switch self {
    case .squish: Frame(whole: size, target: target)
    case .crop, .pad: frame(size, target, at: SIMD2(random.unit(), random.unit()))
    case .randomResizedCrop(let crop): crop.drawn(for: size, to: target, random: &random)
    }
  }

  /// Which part of an image of `size` becomes an image of `target` outside training.
  package func fixed(for size: ImageSize, to target: ImageSize) -> Frame {
    switch self {
    case .squish: return Frame(whole: size, target: target)
    case .crop, .pad: return frame(size, target, at: SIMD2(0.5, 0.5))
    case .randomResizedCrop:
      // The middle of the enlarged whole is a part of the image itself: one resampling.
      let extra = (Double(max(target.width, target.height)) * 0.14 / 8).rounded(.up) * 8
      let extent = size.numbers * target.numbers / (target.numbers + extra)
      return Frame(start: (size.numbers - extent) / 2, extent: extent, target: target)
    }
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

/// A part of random area and shape.
package struct RandomResizedCrop: Hashable, Sendable, Codable {
  /// The part's share of the image's area, evenly distributed.
  package var scale: ClosedRange<Double>
  /// Its width over its height, the logarithm evenly distributed.
  package var ratio: ClosedRange<Double>

  /// Traps unless scales are within 0 ... 1 and ratios above 0.
  package init(scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3 / 4...4 / 3) {
    precondition(scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0)
    self.scale = scale
    self.ratio = ratio
  }

  /// Ten tries to find a part that fits; failing that the largest one in the middle whose ratio is allowed.
  func drawn(
    for size: ImageSize, to target: ImageSize, random: inout RandomStream
  ) -> Frame {
    let (width, height) = (size.width, size.height)
    for _ in 0..<10 {
      let area = random.number(in: scale) * Double(width) * Double(height)
      let ratio = exp(random.number(in: log(ratio.lowerBound)...log(ratio.upperBound)))
      let partWidth = Int((area * ratio).squareRoot().rounded(.toNearestOrEven))
      let partHeight = Int((area / ratio).squareRoot().rounded(.toNearestOrEven))
      guard partWidth > 0, partHeight > 0, partWidth <= width, partHeight <= height else {
        continue
      }
      return Frame(
        x: random.index(below: width - partWidth + 1),
        y: random.index(below: height - partHeight + 1),
        width: partWidth, height: partHeight, target: target)
    }
    let own = Double(width) / Double(height)
    var (partWidth, partHeight) = (width, height)
    if own < ratio.lowerBound {
      partHeight = max(1, Int(Double(width) / ratio.lowerBound))
    } else if own > ratio.upperBound {
      partWidth = max(1, Int(Double(height) * ratio.upperBound))
    }
    return Frame(
      x: (width - partWidth) / 2, y: (height - partHeight) / 2, width: partWidth,
      height: partHeight, target: target)
  }
}

/// A rectangle of an image and the size that it is brought to. It may reach beyond the image, which is mirrored
/// there.
package struct Frame: Equatable, Sendable {
  /// From the image's left top corner to the rectangle's, in pixels.
  package let start: SIMD2<Double>
  /// The rectangle's width and height in pixels.
  package let extent: SIMD2<Double>
  /// The size that it is brought to.
  package let target: ImageSize

  package init(start: SIMD2<Double>, extent: SIMD2<Double>, target: ImageSize) {
    self.start = start
    self.extent = extent
    self.target = target
  }

  init(x: Int, y: Int, width: Int, height: Int, target: ImageSize) {
    self.init(
      start: SIMD2(Double(x), Double(y)), extent: SIMD2(Double(width), Double(height)),
      target: target)
  }

  /// All of an image.
  package init(whole size: ImageSize, target: ImageSize) {
    self.init(start: .zero, extent: size.numbers, target: target)
  }

  /// Where a point of the image, in pixels, stands in the framed one: -1 at its left and top edge, 1 at its
  /// right and bottom edge.
  func normalized(_ point: SIMD2<Double>) -> SIMD2<Double> { (point - start) / extent * 2 - 1 }
}
