import Errors
package import Images
package import ModelRegistry
import Synchronization
package import TensorCore

/// An image that was decoded for a model: its pixels, of the channels that the model sees, and the size of its file.
package struct ModelInput: Sendable {
  package let image: Image
  package let fileSize: ImageSize

  /// An image as it was decoded, called `name`. Throws ``ImageErrorCode/unsupported`` for one whose channels `model`
  /// can't read.
  package init(
    _ decoded: DecodedImage, for model: ImageModel, named name: String
  ) throws(ImageError) {
    guard let seen = model.description.seen(of: decoded.image) else {
      throw ImageError(
        .unsupported,
        "the image has \(decoded.image.channels) channels, and the model sees "
          + model.description.channelWords, place: name,
        remedy: "Give it images like those that it was trained on.")
    }
    image = seen
    fileSize = ImageSize(width: decoded.fileWidth, height: decoded.fileHeight)
  }
}

/// What a model answers for an image.
package struct ImageAnswer: Sendable, Equatable {
  /// One number an output, in the order of ``ImageTask/outputNames``: probabilities of classes and labels, numbers;
  /// of points two each, x and y in pixels of the file.
  package let values: [Float]

  package init(values: [Float]) { self.values = values }

  /// The position of the likeliest output, the first of equal ones.
  package var likeliest: Int {
    values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
  }

  /// The positions of the outputs over their thresholds, the likeliest first; there may be none.
  package func given(over thresholds: [Float]) -> [Int] {
    values.indices.filter { values[$0] > thresholds[$0] }
      .sorted { (values[$1], $0) < (values[$0], $1) }
  }
}

extension ImageModel {
  /// The shorter side at which an image may be decoded without losing what the model looks at, of versions that are
  /// changed as in training where it is `augmented`; nil where its own pixels count.
  package func minimumSide(augmented: Bool = false) -> Int? {
    if case .points = description.task { return nil }
    return description.input.framing.shortestSide(
      for: description.input.presize, isTraining: augmented)
  }

  /// The images called `names`, several decoded at a time: `decode` makes that of a position, whose shorter
  /// side need be no longer than the one that it is given; nil for the whole image. They are `augmented` where answers
  /// for changed versions are wanted.
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

  /// Images for the model as its network takes them, `[batch, channels, height, width]`, and how each was brought
  /// there. Traps for such of a model of other channels.
  package func batch(
    of inputs: [ModelInput], on context: ComputeContext
  ) -> (images: Tensor, drawn: [DrawnTransform]) {
    let drawn = inputs.map { description.input.fixed(for: $0.image.size) }
    return (batch(of: inputs, through: drawn, on: context), drawn)
  }

  /// The same, each image transformed as was drawn for it.
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

  /// What the model answers for images, in their order. As many are computed at a time as ``ImageTransform/numberLimit``
  /// lets.
  ///
  /// With `augmentedCount` above 0 answers are a quarter those for the images as they are, three quarters the mean of
  /// those for so many versions of them, changed as in training (fastai's `tta`). Versions are changed the same way
  /// for every image, so that an answer does not depend on the others. Traps of points, which move when images do.
  ///
  /// Throws ``ModelFileError`` when the weights do not fit the description, or are no numbers.
  package func answers(
    for inputs: [ModelInput], augmentedCount: Int = 0, on context: ComputeContext
  ) throws(ModelFileError) -> [ImageAnswer] {
    // What a file says of its images is taken at its word once its weights are there.
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

  /// What an image as it is counts beside its augmented versions.
  private static let plainShare: Float = 0.25
}

extension ModelInput {
  /// Points from -1 to 1 of what the model saw as pixels of the file.
  fileprivate func pixels(of points: [Float], through drawn: DrawnTransform) -> [Float] {
    let scale =
      SIMD2(Float(fileSize.width), Float(fileSize.height))
      / SIMD2(Float(image.width), Float(image.height))
    return drawn.located(points).flatMap { [$0.x * scale.x, $0.y * scale.y] }
  }
}
