import Foundation
import TensorCore

/// A crop of random area and aspect ratio.
package struct RandomResizedCrop: Hashable, Sendable, Codable {
  /// The crop's share of the image's area, uniformly distributed.
  package var scale: ClosedRange<Double>
  /// The width divided by the height; its logarithm is uniformly distributed.
  package var ratio: ClosedRange<Double>

  /// Traps if it has a ``fault``.
  package init(scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 3 / 4...4 / 3) {
    self.scale = scale
    self.ratio = ratio
    if let fault { preconditionFailure(fault) }
  }

  /// Why it is invalid, in words; nil if crops can be drawn.
  var fault: String? {
    if !(scale.lowerBound >= Self.leastScale && scale.upperBound <= 1) {
      return "a crop whose area is not \(Self.leastScale) to 1 of the image's"
    }
    if !(ratio.lowerBound >= 0.01 && ratio.upperBound <= 100) {
      return "a crop whose width is not 0.01 to 100 times its height"
    }
    return nil
  }

  /// The minimum share of an image's area.
  package static let leastScale = 1e-6

  /// The minimum ratio of a crop's side to the image's shorter side.
  var leastShare: Double {
    min(1, (scale.lowerBound * min(ratio.lowerBound, 1 / ratio.upperBound)).squareRoot())
  }

  /// Tries ten times to draw a crop that fits; then falls back to the largest centred crop with an allowed ratio.
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
