package import TensorCore

/// The transform from an image's pixels to a model's input: framing, augmentation in training, normalisation.
///
///     let transform = ImageTransform(size: ImageSize(128))
///     var random = RandomStream(seed: 0, epoch: 3, image: 17)
///     let drawn = transform.drawn(for: image.size, random: &random)
///     transform.apply(drawn, to: image, output, workspace)
///
/// All randomness is drawn once into a value, which is then applied to pixels and points.
package struct ImageTransform: Hashable, Sendable, Codable {
  /// The model's input size.
  package var size: ImageSize
  /// The size that images are framed to before augmentation; larger than `size` if rotated and warped images should
  /// not lose detail (fastai's presizing).
  package var presize: ImageSize
  /// The model's channels: 3 for colour, 1 for grey. See ``Image/fits(channels:)``.
  package var channels = 3
  package var framing = Framing.crop
  /// The interpolation used to resize to the framed size; nil for bilinear, as in model files before format 4.
  package var interpolation: Interpolation?
  package var augmentation = Augmentation()
  /// nil leaves samples unnormalised, within 0 ... 1.
  package var normalization: Normalization?

  /// Creates a transform to `size`, framing to `presize` first if given.
  package init(size: ImageSize, presize: ImageSize? = nil) {
    self.size = size
    self.presize = presize ?? size
  }

  /// Draws the transform of an image of `size` for training.
  package func drawn(for size: ImageSize, random: inout RandomStream) -> DrawnTransform {
    let frame = framing.drawn(for: size, to: presize, random: &random)
    let augmentation = augmentation.drawn(for: presize, to: self.size, random: &random)
    return DrawnTransform(frame: frame, augmentation: augmentation, target: self.size)
  }

  /// Returns the deterministic transform of an image of `size`, for use outside training.
  package func fixed(for size: ImageSize) -> DrawnTransform {
    DrawnTransform(
      frame: framing.fixed(for: size, to: presize), augmentation: DrawnAugmentation(),
      target: self.size)
  }

  /// The number of values per image.
  package var outputCount: Int { channels * size.width * size.height }

  /// Writes a transformed image as planes `[channels, height, width]`.
  ///
  /// Traps unless `drawn` belongs to this transform and the image's size, the image fits the channels, and `output`
  /// has ``outputCount`` elements. Complexity: O(pixels of the image and the output x channels).
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

  /// Applies lighting and normalisation to each plane.
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

/// The transform drawn for one image. ``ImageTransform/apply(_:to:into:_:)`` applies it to pixels; the methods here
/// apply it to points.
package struct DrawnTransform: Equatable, Sendable {
  /// The part of the image that is used.
  package let frame: Frame
  package let augmentation: DrawnAugmentation
  /// The size of the result.
  package let target: ImageSize

  package init(frame: Frame, augmentation: DrawnAugmentation, target: ImageSize) {
    self.frame = frame
    self.augmentation = augmentation
    self.target = target
  }

  /// The factor by which the framed image is shrunk before interpolation; nil if it would not be shrunk to less than
  /// half. As in fastai, it is half of the whole reduction; interpolation does the rest. The direction that shrinks
  /// less decides (fastai's own comparison confuses directions for non-square images).
  var shrinking: Double? {
    let change = augmentation
    let kept = frame.target.numbers * change.cropShare / target.numbers
    let factor = kept.min() / 2
    guard factor > 1 else { return nil }
    // The extent of the visible part, within the crop: projective maps are widest at corners.
    let corners = [SIMD2(-1.0, -1), SIMD2(-1, 1), SIMD2(1, -1), SIMD2(1, 1)].map { change.map($0) }
    let numbers = corners.flatMap { [$0.x, $0.y] }
    guard let least = numbers.min(), let most = numbers.max() else { return nil }
    let zoom = 2 / (most - least) * change.cropShare.max()
    return factor > zoom ? factor : nil
  }

  /// Converts points of the image, (x, y) in pixels from its top left corner, to coordinates in the result: -1 at
  /// its left and top edges, 1 at its right and bottom edges. Points outside the result lie beyond that range.
  package func normalized(_ points: [SIMD2<Float>]) -> [SIMD2<Float>] {
    let (from, to) = (frame.target.numbers, target.numbers)
    let back = augmentation.map.inverse
    return points.map { point in
      let edges = frame.normalized(SIMD2<Double>(point))
      if augmentation.map == .identity { return SIMD2<Float>(edges) }
      // Maps are relative to pixel centres, points to edges.
      let moved = back(edges.scaled(by: from, over: from - 1))
      return SIMD2<Float>(moved.scaled(by: to - 1, over: to))
    }
  }

  /// Converts coordinates of ``normalized(_:)``, as networks output them, alternating x and y, to pixels of the
  /// image from its top left corner. Traps if the image was augmented: answers refer to unaugmented images.
  package func located(_ numbers: [Float]) -> [SIMD2<Float>] {
    precondition(augmentation.map == .identity, "points of an augmented image")
    return stride(from: 0, to: numbers.count, by: 2).map {
      SIMD2<Float>(frame.located(SIMD2<Double>(Double(numbers[$0]), Double(numbers[$0 + 1]))))
    }
  }
}

extension SIMD2<Double> {
  /// Returns the vector times `factor` over `divisor`; unchanged in lanes where the divisor is 0.
  fileprivate func scaled(by factor: SIMD2<Double>, over divisor: SIMD2<Double>) -> SIMD2<Double> {
    (self * factor / divisor).replacing(with: self, where: divisor .== 0)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Replaces each number by the result of `change`, eight at a time.
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
