package import TensorCore

/// All that happens to an image from its pixels to a model's input: framed, augmented in training,
/// normalised.
///
///     let transform = ImageTransform(size: ImageSize(128))
///     var random = RandomStream(seed: 0, epoch: 3, image: 17)
///     let drawn = transform.drawn(for: image.size, random: &random)
///     transform.apply(drawn, to: image, output, workspace)
///
/// What is random is drawn once into a value, and that is applied to pixels and to points.
package struct ImageTransform: Hashable, Sendable, Codable {
  /// What a model sees.
  package var size: ImageSize
  /// To what images are framed before they are augmented: larger than `size` where rotated and warped
  /// images shall not lose detail (fastai's presizing).
  package var presize: ImageSize
  /// What a model sees: 3 for colour, 1 for grey. See ``Image/fits(channels:)``.
  package var channels = 3
  package var framing = Framing.crop
  /// How an image is brought to the size that it is framed to; nil for bilinear, as in model files before format 4.
  package var interpolation: Interpolation?
  package var augmentation = Augmentation()
  /// nil leaves samples within 0 ... 1.
  package var normalization: Normalization?

  /// Of images to `size`, framed to `presize` first where given.
  package init(size: ImageSize, presize: ImageSize? = nil) {
    self.size = size
    self.presize = presize ?? size
  }

  /// What becomes of an image of `size` in training.
  package func drawn(for size: ImageSize, random: inout RandomStream) -> DrawnTransform {
    let frame = framing.drawn(for: size, to: presize, random: &random)
    let augmentation = augmentation.drawn(for: presize, to: self.size, random: &random)
    return DrawnTransform(frame: frame, augmentation: augmentation, target: self.size)
  }

  /// What becomes of an image of `size` outside training: nothing is random.
  package func fixed(for size: ImageSize) -> DrawnTransform {
    DrawnTransform(
      frame: framing.fixed(for: size, to: presize), augmentation: DrawnAugmentation(),
      target: self.size)
  }

  /// How many numbers an image becomes.
  package var outputCount: Int { channels * size.width * size.height }

  /// Writes an image, transformed, as planes `[channels, height, width]`.
  ///
  /// Traps unless `drawn` is of this transform and the image's size, the image fits the channels, and `output`
  /// has ``outputCount`` numbers. Complexity: O(pixels of the image and the output x channels).
  package func apply(
    _ drawn: DrawnTransform, to image: Image, into output: UnsafeMutableBufferPointer<Float>,
    _ workspace: TransformWorkspace
  ) {
    precondition(output.count == outputCount, "\(output.count) numbers for \(outputCount)")
    precondition(image.fits(channels: channels), "\(image.channels) channels for \(channels)")
    precondition(drawn.target == size && drawn.frame.target == presize)
    let change = drawn.augmentation
    workspace.load(image, drawn.frame, channels: channels, by: interpolation ?? .bilinear)
    if let factor = drawn.shrinking { workspace.shrink(by: factor) }
    workspace.image.sample(through: change.map, size, channels: channels, into: output)
    finish(output, change.lighting)
    change.erasing?.erase(
      output, width: size.width, planeLength: size.width * size.height)
  }

  /// Light and normalisation of each plane.
  private func finish(_ output: UnsafeMutableBufferPointer<Float>, _ lighting: Lighting) {
    if normalization == nil && lighting.isIdentity { return }
    let planeLength = size.width * size.height
    for channel in 0..<channels {
      let scale = normalization.map { 1 / $0.deviation[channel] } ?? 1
      let shift = normalization.map { -$0.mean[channel] * scale } ?? 0
      let plane = UnsafeMutableBufferPointer(
        rebasing: output[channel * planeLength..<(channel + 1) * planeLength])
      if lighting.isIdentity {
        plane.forEachEight { $0 * scale + shift }
      } else {
        plane.forEachEight { lighting($0) * scale + shift }
      }
    }
  }
}

/// What was drawn for one image: applied to its pixels by ``ImageTransform/apply(_:to:into:_:)``, to its
/// points here.
package struct DrawnTransform: Equatable, Sendable {
  /// The part of the image that is read.
  package let frame: Frame
  package let augmentation: DrawnAugmentation
  /// The size of the result.
  package let target: ImageSize

  package init(frame: Frame, augmentation: DrawnAugmentation, target: ImageSize) {
    self.frame = frame
    self.augmentation = augmentation
    self.target = target
  }

  /// By how much the framed image is made smaller before it is interpolated; nil when it would not be shrunk to
  /// less than half. As in fastai, half the way: the rest is interpolated. Of the two directions the one that shrinks less
  /// counts (fastai's own comparison mixes them up where an image is no square).
  var shrinking: Double? {
    let change = augmentation
    let kept = frame.target.numbers * change.cropShare / target.numbers
    let factor = kept.min() / 2
    guard factor > 1 else { return nil }
    // The extent of what is seen, within the crop: maps of lines are widest at corners.
    let corners = [SIMD2(-1.0, -1), SIMD2(-1, 1), SIMD2(1, -1), SIMD2(1, 1)].map { change.map($0) }
    let numbers = corners.flatMap { [$0.x, $0.y] }
    guard let least = numbers.min(), let most = numbers.max() else { return nil }
    let zoom = 2 / (most - least) * change.cropShare.max()
    return factor > zoom ? factor : nil
  }

  /// Where points of the image, (x, y) in pixels from its left top corner, stand in the result: -1 at its left
  /// and top edge, 1 at its right and bottom edge. Those that the result does not show are beyond.
  package func normalized(_ points: [SIMD2<Float>]) -> [SIMD2<Float>] {
    let (from, to) = (frame.target.numbers, target.numbers)
    let back = augmentation.map.inverse
    return points.map { point in
      let edges = frame.normalized(SIMD2<Double>(point))
      if augmentation.map == .identity { return SIMD2<Float>(edges) }
      // Maps count from pixels' centres, points from edges.
      let moved = back(edges.scaled(by: from, over: from - 1))
      return SIMD2<Float>(moved.scaled(by: to - 1, over: to))
    }
  }

  /// Where points of the result, as ``normalized(_:)`` has them and networks answer, x and y by turns, stand in the image: in
  /// pixels from its left top corner. Traps where the image was augmented: answers are for images as they are.
  package func located(_ numbers: [Float]) -> [SIMD2<Float>] {
    precondition(augmentation.map == .identity, "points of an augmented image")
    return stride(from: 0, to: numbers.count, by: 2).map {
      SIMD2<Float>(frame.located(SIMD2<Double>(Double(numbers[$0]), Double(numbers[$0 + 1]))))
    }
  }
}

extension SIMD2<Double> {
  /// Times `factor` over `divisor`, and as it is where that is 0.
  fileprivate func scaled(by factor: SIMD2<Double>, over divisor: SIMD2<Double>) -> SIMD2<Double> {
    (self * factor / divisor).replacing(with: self, where: divisor .== 0)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Each number becomes what `change` makes of it; eight at a time.
  @inline(__always)
  fileprivate func forEachEight(_ change: (SIMD8<Float>) -> SIMD8<Float>) {
    guard let base = UnsafeMutableRawPointer(baseAddress) else { return }
    let whole = count / 8 * 8
    for position in stride(from: 0, to: whole, by: 8) {
      let place = base + position * 4
      place.storeBytes(
        of: change(place.loadUnaligned(as: SIMD8<Float>.self)), as: SIMD8<Float>.self)
    }
    guard whole < count else { return }
    var last = SIMD8<Float>()
    for lane in 0..<count - whole { last[lane] = self[whole + lane] }
    last = change(last)
    for lane in 0..<count - whole { self[whole + lane] = last[lane] }
  }
}
