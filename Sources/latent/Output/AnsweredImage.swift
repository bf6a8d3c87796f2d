import ImageModels
import Images
import TensorCore

/// The image in a file, and a model's prediction for it.
struct AnsweredImage {
  let input: ModelInput
  let answer: ImageAnswer

  /// Returns the predictions of `model` for the images at `paths`, in their order. The images are decoded and predicted
  /// as one batch. The result for an image that can't be read is an error, which is thrown unless `skipsBroken`.
  /// `augmentedCount` is as for ``ImageModels/ImageModel/answers(for:augmentedCount:on:)``.
  static func answers(
    of model: ImageModel, forFilesAt paths: [String], _ decoder: ImageDecoder,
    augmentedCount: Int = 0, skipsBroken: Bool, on context: ComputeContext
  ) throws -> [Result<AnsweredImage, ImageError>] {
    let decoded = model.inputs(
      ofFilesAt: paths, by: decoder, augmented: augmentedCount > 0, on: context)
    let inputs = try decoded.compactMap { result in
      switch result {
      case .success(let input): input
      case .failure(let error): if skipsBroken { nil } else { throw error }
      }
    }
    var answers =
      inputs.isEmpty
      ? [].makeIterator()
      : try model.answers(for: inputs, augmentedCount: augmentedCount, on: context).makeIterator()
    return decoded.map { result in
      result.map { input in
        guard let answer = answers.next() else { preconditionFailure("an answer for each image") }
        return AnsweredImage(input: input, answer: answer)
      }
    }
  }
}

extension ImageModel {
  /// Decodes the images at `paths` in parallel, and returns them in order, large enough for augmentation if
  /// `augmented`.
  func inputs(
    ofFilesAt paths: [String], by decoder: ImageDecoder, augmented: Bool = false,
    on context: ComputeContext
  ) -> [Result<ModelInput, ImageError>] {
    inputs(named: paths, augmented: augmented, on: context) { (position, side) throws(ImageError) in
      try decoder.decode(paths[position], minimumSide: side)
    }
  }
}
