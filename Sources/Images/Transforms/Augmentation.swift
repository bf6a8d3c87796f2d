import Foundation
package import TensorCore

/// Random augmentation of training images: the maximum changes and their probabilities. All geometric changes are
/// composed into one map, so that an image is interpolated once.
///
/// The options and their defaults are those of fastai's `aug_transforms`.
package struct Augmentation: Hashable, Sendable, Codable {
  /// The probability of a horizontal flip.
  package var flip = 0.5
  /// The probability of a vertical flip.
  package var verticalFlip = 0.0
  /// The maximum rotation in degrees, either way.
  package var rotation = 10.0
  /// The range of magnification around a random point; 1 is none.
  package var zoom = 1.0...1.1
  /// The maximum perspective tilt, horizontally and vertically: 0.2 moves corners by a tenth of a side.
  package var warp = 0.2
  /// The probability of each of rotation, zoom and the two tilts.
  package var geometryProbability = 0.75
  /// The maximum change of brightness and contrast, from 0 to below 1.
  package var lighting = 0.2
  /// The probability of each of brightness and contrast.
  package var lightingProbability = 0.75
  /// A random crop that replaces the image, resized to the target; nil keeps the whole image.
  package var crop: RandomResizedCrop?
  /// The probability of random erasing: a rectangle is replaced by noise.
  package var erasing = 0.0

  package init() {}

  /// No augmentation.
  package static let none: Augmentation = {
    var none = Augmentation()
    none.flip = 0
    none.rotation = 0
    none.zoom = 1...1
    none.warp = 0
    none.lighting = 0
    return none
  }()

  /// Why the options are invalid, in words; nil if they are valid.
  package var fault: String? {
    let probabilities = [flip, verticalFlip, geometryProbability, lightingProbability, erasing]
    if !probabilities.allSatisfy({ (0...1).contains($0) }) {
      return "a probability outside 0 ... 1"
    }
    if !(0...180).contains(rotation) { return "a rotation outside 0 ... 180 degrees" }
    if !(zoom.lowerBound >= 0.1 && zoom.upperBound <= 100) { return "a zoom outside 0.1 ... 100" }
    if !(0...0.8).contains(warp) { return "a warp outside 0 ... 0.8" }
    if !(0...0.99).contains(lighting) { return "a change of lighting outside 0 ... 0.99" }
    return crop?.fault
  }

  /// Draws the changes for one image, which has the size `size` at that point and becomes one of `target`.
  package func drawn(
    for size: ImageSize, to target: ImageSize, random: inout RandomStream
  ) -> DrawnAugmentation {
    var drawn = DrawnAugmentation()
    var map = drawnGeometry(&random).map(aspect: size.numbers.x / size.numbers.y)
    if let crop {
      let frame = crop.drawn(for: size, to: target, random: &random)
      // Between pixel centres, as in the other maps.
      let room = size.numbers - 1
      let scale = ((frame.extent - 1) / room).replacing(with: 0, where: room .== 0)
      let offset = ((frame.start * 2 + frame.extent - 1) / room - 1)
        .replacing(with: 0, where: room .== 0)
      map = map * .scaling(by: scale, adding: offset)
      drawn.cropShare = frame.extent / size.numbers
    }
    drawn.map = map
    if random.happens(lightingProbability), lighting > 0 {
      let level = random.number(in: 0.5 * (1 - lighting)...0.5 * (1 + lighting))
      drawn.lighting.brightness = Float(log(level / (1 - level)))
    }
    if random.happens(lightingProbability), lighting > 0 {
      let limit = -log(1 - lighting)
      drawn.lighting.contrast = Float(exp(random.number(in: -limit...limit)))
    }
    if random.happens(erasing) { drawn.erasing = Erasing(in: target, random: &random) }
    return drawn
  }

  private func drawnGeometry(_ random: inout RandomStream) -> Geometry {
    var geometry = Geometry()
    geometry.isMirrored = random.happens(flip)
    geometry.isUpsideDown = random.happens(verticalFlip)
    func happens() -> Bool { random.happens(geometryProbability) }
    if rotation > 0, happens() { geometry.angle = random.number(in: -rotation...rotation) }
    if zoom != 1...1, happens() {
      geometry.zoom = random.number(in: zoom)
      geometry.centre = SIMD2(random.number(in: -1...1), random.number(in: -1...1))
    }
    if warp > 0, happens() { geometry.tilt.x = random.number(in: -warp...warp) }
    if warp > 0, happens() { geometry.tilt.y = random.number(in: -warp...warp) }
    return geometry
  }
}
