import Images
import TensorCore

/// Returns the transformed image, as planes.
func transformed(
  _ image: Image, by transform: ImageTransform, _ drawn: DrawnTransform,
  _ workspace: TransformWorkspace = TransformWorkspace()
) -> [Float] {
  [Float](unsafeUninitializedCapacity: transform.outputCount) { output, count in
    count = transform.outputCount
    transform.apply(
      drawn, to: image, into: UnsafeMutableBufferPointer(rebasing: output[..<count]), workspace)
  }
}

/// Returns the image, augmented and resampled to `target` without framing.
func transformed(
  _ image: Image, _ augmentation: DrawnAugmentation, to target: ImageSize
) -> [Float] {
  var transform = ImageTransform(size: target, presize: image.size)
  transform.channels = image.channels
  let frame = Frame(whole: image.size, target: image.size)
  return transformed(
    image, by: transform,
    DrawnTransform(frame: frame, augmentation: augmentation, target: target))
}

/// Returns an image of random bytes or floating-point samples.
func randomImage(
  width: Int, height: Int, channels: Int, asBytes: Bool = false, seed: UInt64
) -> Image {
  var random = RandomStream(seed: seed, stream: 0)
  let count = width * height * channels
  return Image(
    width: width, height: height, channels: channels,
    samples: asBytes
      ? .uint8((0..<count).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) })
      : .float32((0..<count).map { _ in Float(random.nextWord() >> 8) * 0x1p-24 }))
}
