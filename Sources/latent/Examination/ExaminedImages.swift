import Errors
import ImageData
import ImageModels
import ImageReports
import TensorCore

/// The data of the tables: an examination, and the model for further questions.
struct ExaminedImages {
  let examined: Examination
  private let model: ImageModel
  private let set: ImageDataSet
  /// The maximum number of rows of tables with a row per image.
  let count: Int
  private let context: ComputeContext

  init(
    _ examined: Examination, of model: ImageModel, on set: ImageDataSet, count: Int,
    context: ComputeContext
  ) {
    self.examined = examined
    self.model = model
    self.set = set
    self.count = count
    self.context = context
  }

  /// Finds similar images by the features of the model's backbone. Throws if there are too many to compare.
  func neighbours() throws -> EmbeddingNeighbours {
    guard examined.items.count <= EmbeddingNeighbours.imageLimit else {
      throw CommandFailure(
        "\(examined.items.count) images: outliers and duplicates are looked for among \(EmbeddingNeighbours.imageLimit)",
        remedy: "Look at the held-out ones alone, or hold out fewer.")
    }
    let (vectors, width) = try examined.vectors(by: model, set, on: context)
    return try EmbeddingNeighbours(vectors, width: width, on: context)
  }
}
