import Foundation
package import TensorCore

/// What is changed at random in training images: how much at most, and how often. All that moves pixels is
/// composed into one map, so that an image is interpolated once.
///
/// As fastai's `aug_transforms` has it, whose defaults these are.
package struct Augmentation: Hashable, Sendable, Codable {
  /// The probability of a mirror image, left to right.
  package var flip = 0.5
  /// The probability of one upside down.
  package var verticalFlip = 0.0
  /// Rotation by up to so many degrees either way.
  package var rotation = 10.0
  /// By how much images are made larger, 1 being not at all, around a random point.
  package var zoom = 1.0...1.1
  /// How far the plane is tilted at most, horizontally and vertically: 0.2 moves corners by a tenth of a side.
  package var warp = 0.2
  /// The probability of each of rotation, zoom and the two tilts.
  package var geometryProbability = 0.75
  /// How much brightness and contrast change at most, from 0 to below 1.
  package var lighting = 0.2
  /// The probability of each of brightness and contrast.
  package var lightingProbability = 0.75
  /// A part of the image that takes its place, brought to the size; nil keeps the whole.
  package var crop: RandomResizedCrop?
  /// The probability that a rectangle is replaced by noise.
  package var erasing = 0.0

  package init() {}

  /// Changes nothing.
  package static let none: Augmentation = {
    var none = Augmentation()
    none.flip = 0
    none.rotation = 0
    none.zoom = 1...1
    none.warp = 0
    none.lighting = 0
    return none
  }()

  /// Whether the options are ones that can be drawn from; else what is wrong with them, in words.
  package var fault: String? {
    let probabilities = [flip, verticalFlip, geometryProbability, lightingProbability, erasing]
    if !probabilities.allSatisfy({ (0...1).contains($0) }) { return "a probability beyond 0 ... 1" }
    if !(0...180).contains(rotation) { return "a rotation beyond 0 ... 180 degrees" }
    if !(zoom.lowerBound >= 0.1 && zoom.upperBound <= 100) { return "a zoom beyond 0.1 ... 100" }
    if !(0...0.8).contains(warp) { return "a warp beyond 0 ... 0.8" }
    if !(0...0.99).contains(lighting) { return "a change of lighting beyond 0 ... 0.99" }
    return crop?.fault
  }

  /// What becomes of one image, of `size` when it is changed, to be of `target`.
  package func drawn(
    for size: ImageSize, to target: ImageSize, random: inout RandomStream
  ) -> DrawnAugmentation {
    var drawn = DrawnAugmentation()
    var map = drawnGeometry(&random).map(aspect: size.numbers.x / size.numbers.y)
    if let crop {
      let frame = crop.drawn(for: size, to: target, random: &random)
      // Between centres of pixels, as the other maps.
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
