import Errors
import Images
package import Learning
import TensorCore

extension ImageTrainingOptions {
  /// Returns the options adapted to images with samples outside 0 ... 1, such as temperatures or reflectances:
  /// normalised by the statistics of the training images, unless specified. For other images, returns them
  /// unchanged.
  ///
  /// Throws `samplesOutOfRange` if lighting is to be augmented, which requires samples in 0 ... 1, and if an image
  /// cannot be read. Looks at up to 2,000 training images, evenly spaced.
  package func suited(to data: TrainingImages) throws(TrainingError) -> ImageTrainingOptions {
    guard let samples = try statistics(of: data), !samples.isWithinUnit else { return self }
    guard transform.augmentation.lighting == 0 else {
      let ends = (samples.least.min() ?? 0, samples.most.max() ?? 0)
      throw TrainingError(
        .samplesOutOfRange,
        "the images' samples are from \(ends.0) to \(ends.1), and only 0 to 1 can be made lighter or darker",
        place: "lighting",
        remedy:
          "Do not change the lighting, or divide the samples by their maximum possible value.")
    }
    var options = self
    if transform.normalization == nil { options.transform.normalization = samples.normalization }
    return options
  }

  /// Computes the statistics of the training images as the network would see them, without normalisation; nil if all
  /// have 8-bit samples.
  private func statistics(of data: TrainingImages) throws(TrainingError) -> SampleStatistics? {
    let step = (data.training.count + Self.measuredCount - 1) / Self.measuredCount
    let numbers = Swift.stride(from: 0, to: data.training.count, by: max(step, 1)).map {
      data.training[$0]
    }
    let context = ComputeContext(threadCount: threadCount)
    let areNumbers = context.mapChunks(of: numbers.count, size: 16) { chunk in
      Result { () throws(TrainingError) in
        for position in chunk {
          if case .float32 = try data.images.image(numbers[position]).samples { return true }
        }
        return false
      }
    }
    for isSome in areNumbers where try isSome.get() {
      return try statistics(of: numbers, data.images, on: context)
    }
    return nil
  }

  private func statistics(
    of numbers: [Int], _ images: any ImageSource, on context: ComputeContext
  ) throws(TrainingError) -> SampleStatistics {
    var transform = transform
    transform.normalization = nil
    let parts = context.mapChunks(of: numbers.count, size: 16) { [transform] chunk in
      Result { () throws(TrainingError) in
        let workspace = TransformWorkspace()
        var planes = [Float](repeating: 0, count: transform.outputCount)
        var samples = SampleStatistics(channels: transform.channels)
        for position in chunk {
          let image = try images.image(numbers[position])
          // Images of other channels are reported during training.
          guard image.fits(channels: transform.channels) else { continue }
          planes.withUnsafeMutableBufferPointer {
            transform.apply(transform.fixed(for: image.size), to: image, into: $0, workspace)
          }
          samples.add(planes)
        }
        return samples
      }
    }
    var samples = SampleStatistics(channels: transform.channels)
    for part in parts { samples.merge(try part.get()) }
    return samples
  }

  /// The maximum number of images that are measured.
  private static let measuredCount = 2000
}
