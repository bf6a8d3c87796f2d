import ImageModels
import Images
import TensorCore

/// The image in a file, and what a model answers for it.
struct AnsweredImage {
  let input: ModelInput
  let answer: ImageAnswer

  /// What `model` answers for the images at `paths`, in their order, which are decoded and predicted as one batch: an error for
  /// one that can't be read, which is thrown unless such are skipped. `augmentedCount` as for ``ImageModels/ImageModel/answers(for:augmentedCount:on:)``.
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
  /// The images in the files at `paths`, in their order, several decoded at a time, large enough to be `augmented` where they are.
  func inputs(
    ofFilesAt paths: [String], by decoder: ImageDecoder, augmented: Bool = false,
    on context: ComputeContext
  ) -> [Result<ModelInput, ImageError>] {
    inputs(named: paths, augmented: augmented, on: context) { (position, side) throws(ImageError) in
      try decoder.decode(paths[position], minimumSide: side)
    }
  }
}
