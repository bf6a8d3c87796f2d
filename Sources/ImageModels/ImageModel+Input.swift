import Errors
package import Images
package import ModelRegistry
import Synchronization
package import TensorCore

/// An image decoded for a model: the pixels of the channels that the model uses, and the size of the file's image.
package struct ModelInput: Sendable {
  package let image: Image
  package let fileSize: ImageSize

  /// Takes a decoded image called `name`. Throws ``ImageErrorCode/unsupported`` if `model` cannot use its channels.
  package init(
    _ decoded: DecodedImage, for model: ImageModel, named name: String
  ) throws(ImageError) {
    guard let seen = model.description.seen(of: decoded.image) else {
      throw ImageError(
        .unsupported,
        "the image has \(decoded.image.channels) channels, and the model uses "
          + model.description.channelWords, place: name,
        remedy: "Give it images like those that it was trained on.")
    }
    image = seen
    fileSize = ImageSize(width: decoded.fileWidth, height: decoded.fileHeight)
  }
}

/// A model's answer for an image.
package struct ImageAnswer: Sendable, Equatable {
  /// One number per output, in the order of ``ImageTask/outputNames``: probabilities of classes and labels, or
  /// numbers. Points have two each, x and y in pixels of the file.
  package let values: [Float]

  package init(values: [Float]) { self.values = values }

  /// The position of the largest output; the first of equal ones.
  package var likeliest: Int {
    values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
  }

  /// Returns the positions of the outputs above their thresholds, largest first; may be empty.
  package func given(over thresholds: [Float]) -> [Int] {
    values.indices.filter { values[$0] > thresholds[$0] }
      .sorted { (values[$1], $0) < (values[$0], $1) }
  }
}

extension ImageModel {
  /// Returns the shorter side to which an image may be downscaled in decoding without losing detail that the model
  /// uses. `augmented` asks this for versions augmented as in training. nil if full resolution is required.
  package func minimumSide(augmented: Bool = false) -> Int? {
    if case .points = description.task { return nil }
    return description.input.framing.shortestSide(
      for: description.input.presize, isTraining: augmented)
  }

  /// Decodes the images called `names`, several in parallel. `decode` returns the image at a position; its shorter
  /// side need be no longer than the given one, nil meaning the whole image. Set `augmented` if answers for
  /// augmented versions are wanted.
  package func inputs(
    named names: [String], augmented: Bool = false, on context: ComputeContext,
    decode: @Sendable (_ position: Int, _ minimumSide: Int?) throws(ImageError) -> DecodedImage
  ) -> [Result<ModelInput, ImageError>] {
    let side = minimumSide(augmented: augmented)
    return context.mapChunks(of: names.count, size: 1) { chunk in
      chunk.map { position in
        Result { () throws(ImageError) in
          try ModelInput(decode(position, side), for: self, named: names[position])
        }
      }
    }.flatMap(\.self)
  }

  /// Returns images as the network takes them, `[batch, channels, height, width]`, and the transform applied to
  /// each. Traps if inputs have other channels than the model.
  package func batch(
    of inputs: [ModelInput], on context: ComputeContext
  ) -> (images: Tensor, drawn: [DrawnTransform]) {
    let drawn = inputs.map { description.input.fixed(for: $0.image.size) }
    return (batch(of: inputs, through: drawn, on: context), drawn)
  }

  /// Returns the batch with each image transformed as drawn for it.
  private func batch(
    of inputs: [ModelInput], through drawn: [DrawnTransform], on context: ComputeContext
  ) -> Tensor {
    let transform = description.input
    let count = transform.outputCount
    return Tensor(
      [inputs.count, transform.channels, transform.size.height, transform.size.width]
    ) { output in
      nonisolated(unsafe) let output = output
      context.forEachPart(of: inputs.count) { part in
        let workspace = TransformWorkspace()
        for position in part {
          transform.apply(
            drawn[position], to: inputs[position].image,
            into: UnsafeMutableBufferPointer(
              rebasing: output[position * count..<(position + 1) * count]), workspace)
        }
      }
    }
  }

  /// Returns the model's answers for images, in order. Batches are as large as ``ImageTransform/numberLimit``
  /// allows.
  ///
  /// With `augmentedCount` above 0 the answer for the image itself has a weight of a quarter. The mean over that
  /// many versions, augmented as in training, has three quarters (fastai's `tta`). Versions are augmented alike for
  /// every image, so that an answer does not depend on the other images. Traps for points, which move with the
  /// image.
  ///
  /// Throws ``ModelFileError`` if the weights do not fit the description or are not finite.
  package func answers(
    for inputs: [ModelInput], augmentedCount: Int = 0, on context: ComputeContext
  ) throws(ModelFileError) -> [ImageAnswer] {
    // Loads the weights first: only then is the file's input size trusted.
    _ = try prepared()
    let size = description.input.batchSize(atMost: inputs.count)
    var answers: [ImageAnswer] = []
    for start in stride(from: 0, to: inputs.count, by: size) {
      answers += try self.answers(
        forBatch: Array(inputs[start..<min(start + size, inputs.count)]), augmentedCount, context)
    }
    return answers
  }

  private func answers(
    forBatch inputs: [ModelInput], _ augmentedCount: Int, _ context: ComputeContext
  ) throws(ModelFileError) -> [ImageAnswer] {
    let (images, drawn) = batch(of: inputs, on: context)
    var values = try predictions(for: images, on: context).elements()
    let width = description.task.outputCount
    if case .points = description.task {
      precondition(augmentedCount == 0, "points of augmented images")
      return inputs.indices.map { position in
        let own = Array(values[position * width..<(position + 1) * width])
        return ImageAnswer(values: inputs[position].pixels(of: own, through: drawn[position]))
      }
    }
    if augmentedCount > 0 {
      for position in values.indices { values[position] *= Self.plainShare }
      let share = (1 - Self.plainShare) / Float(augmentedCount)
      for version in 0..<augmentedCount {
        let drawn = inputs.map { input in
          var random = RandomStream(seed: 0, epoch: version, image: 0)
          return description.input.drawn(for: input.image.size, random: &random)
        }
        let changed = try predictions(
          for: batch(of: inputs, through: drawn, on: context), on: context
        ).elements()
        for position in values.indices { values[position] += share * changed[position] }
      }
    }
    return inputs.indices.map {
      ImageAnswer(values: Array(values[$0 * width..<($0 + 1) * width]))
    }
  }

  /// The weight of the unaugmented image beside its augmented versions.
  private static let plainShare: Float = 0.25
}

extension ModelInput {
  /// Converts points from -1 to 1 in the model's view to pixels of the file.
  fileprivate func pixels(of points: [Float], through drawn: DrawnTransform) -> [Float] {
    let scale =
      SIMD2(Float(fileSize.width), Float(fileSize.height))
      / SIMD2(Float(image.width), Float(image.height))
    return drawn.located(points).flatMap { [$0.x * scale.x, $0.y * scale.y] }
  }
}
