import Foundation
import TensorCore

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

  /// The least that a side of a part can be of the shorter side of the image.
  var leastShare: Double {
    min(1, (scale.lowerBound * min(ratio.lowerBound, 1 / ratio.upperBound)).squareRoot())
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
