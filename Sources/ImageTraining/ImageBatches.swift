import Errors
package import Images
package import Learning
import TensorCore

/// Training and validation batches of a data set's images, prepared ahead.
///
/// An image's augmentation depends only on the seed, the epoch and the image's number, wherever training resumes.
package final class ImageBatches: Sendable {
  private let training: BatchQueue
  private let heldOut: BatchQueue?

  /// - Parameters:
  ///   - unit: The number of images requested at once: a batch or a micro-batch.
  ///   - epochCount: The number of epochs after which nothing more is prepared.
  ///   - mixing: How training images requested at once are mixed.
  package init(
    _ data: TrainingImages, _ transform: ImageTransform, batches: BatchSizes, unit: Int,
    epochCount: Int, order: SampleOrder, seed: UInt64, threadCount: Int,
    mixing: BatchMixing = BatchMixing()
  ) {
    let learned = data.training
    let orders = EpochOrders(learned.count, order)
    training = BatchQueue(
      threadCount: threadCount, depth: threadCount + 1,
      next: { place in
        var (epoch, start) = (place.epoch, place.range.upperBound)
        if start >= batches.trainingCount * batches.size { (epoch, start) = (epoch + 1, 0) }
        guard epoch < epochCount else { return nil }
        let end = (start / batches.size + 1) * batches.size
        return BatchPlace(epoch: epoch, range: start..<min(start + unit, end))
      },
      prepare: { (place, workspace) throws(TrainingError) in
        let order = orders.order(of: place.epoch)
        let batch = try data.batch(
          place.range.map { learned[Int(order[$0])] }, transform, workspace
        ) { image, size in
          var random = RandomStream(seed: seed, epoch: place.epoch, image: image)
          return transform.drawn(for: size, random: &random)
        }
        // The stream numbers after those of the images' own streams.
        var random = RandomStream(
          seed: seed, epoch: place.epoch, image: data.images.count + place.range.lowerBound)
        return mixing.mixed(batch, for: data.task, &random)
      })
    let held = data.heldOut
    guard !held.isEmpty else {
      heldOut = nil
      return
    }
    heldOut = BatchQueue(
      threadCount: threadCount, depth: threadCount + 1,
      next: { place in
        let start = place.range.upperBound
        guard start < held.count else { return nil }
        return BatchPlace(
          epoch: place.epoch, range: start..<min(start + batches.size, held.count))
      },
      prepare: { (place, workspace) throws(TrainingError) in
        try data.batch(held[place.range].map(\.self), transform, workspace) { _, size in
          transform.fixed(for: size)
        }
      })
  }

  /// Returns the training batch at a place. Throws if an image cannot be read.
  package func training(_ place: BatchPlace) throws(TrainingError) -> PreparedBatch {
    try training.take(place)
  }

  /// Returns the held-out batch at a place. Throws if an image cannot be read; traps if nothing is held out.
  package func heldOut(_ place: BatchPlace) throws(TrainingError) -> PreparedBatch {
    guard let heldOut else { preconditionFailure("nothing is held out") }
    return try heldOut.take(place)
  }
}

extension TrainingImages {
  /// Returns images as a batch, each transformed by what `draw` returns for its number and size.
  func batch(
    _ numbers: [Int], _ transform: ImageTransform, _ workspace: TransformWorkspace,
    draw: (Int, ImageSize) -> DrawnTransform
  ) throws(TrainingError) -> PreparedBatch {
    var drawn: [DrawnTransform] = []
    var failure: TrainingError?
    let count = transform.outputCount
    let images = Tensor(
      [numbers.count, transform.channels, transform.size.height, transform.size.width]
    ) { output in
      do throws(TrainingError) {
        for (position, number) in numbers.enumerated() {
          let image = try self.images.image(number)
          guard image.fits(channels: transform.channels) else {
            throw TrainingError(
              .badData, "an image has \(image.channels) channels, the model \(transform.channels)",
              place: "image \(number)", remedy: "Say which channels to use.")
          }
          let own = draw(number, image.size)
          drawn.append(own)
          transform.apply(
            own, to: image,
            into: UnsafeMutableBufferPointer(
              rebasing: output[position * count..<(position + 1) * count]), workspace)
        }
      } catch {
        failure = error
        output.update(repeating: 0)
      }
    }
    if let failure { throw failure }
    return PreparedBatch(images: images, targets: targets.tensor(of: numbers, drawn))
  }
}
