package import ImageModels
package import Images
package import ModelRegistry
package import TensorCore

/// Overlays a model's ``GradCAM`` maps on the images that it was given.
package final class Explainer {
  private let model: ImageModel
  private let gradCAM: GradCAM

  /// An image and the output to explain.
  package struct Question {
    package let input: ModelInput
    /// The position of a class, label, number or point in ``ImageTask/outputNames``.
    package let output: Int

    package init(_ input: ModelInput, output: Int) {
      self.input = input
      self.output = output
    }
  }

  /// Throws if the model's weights do not fit its description.
  package init(_ model: ImageModel) throws(ModelFileError) {
    self.model = model
    gradCAM = try GradCAM(of: model)
  }

  /// The number of images computed at a time.
  private static let batchSize = 16

  /// Returns an overlay for each question, its longer side at most `side`. Throws if an image does not fit the
  /// network or a map is not finite.
  package func overlays(
    of questions: [Question], side: Int, on context: ComputeContext
  ) throws -> [Image] {
    var overlays: [Image] = []
    let batchSize = model.description.input.batchSize(atMost: Self.batchSize)
    for start in stride(from: 0, to: questions.count, by: batchSize) {
      let own = questions[start..<min(start + batchSize, questions.count)]
      let (images, drawn) = model.batch(of: own.map(\.input), on: context)
      let maps = try gradCAM.maps(for: images, outputs: own.map(\.output), on: context)
      for ((question, drawn), map) in zip(zip(own, drawn), maps) {
        try model.checkFinite(
          Tensor([map.height, map.width], map.values), "computes a Grad-CAM value of")
        overlays.append(
          question.input.image.overlaid(
            by: model.description.task.isExplainedBothWays
              ? map.normalized : map.positive.normalized, through: drawn, side: side))
      }
    }
    return overlays
  }
}

extension ImageTask {
  /// Whether evidence against an answer is drawn too: for numbers, where it lowers the value.
  var isExplainedBothWays: Bool {
    if case .regress = self { true } else { false }
  }
}
