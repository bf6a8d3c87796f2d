import Errors
import ImageData
import ImageModels
import ImageReports
import TensorCore

/// What tables are made of: an examination, and what more they may ask of the model.
struct ExaminedImages {
  let examined: Examination
  private let model: ImageModel
  private let set: ImageDataSet
  /// The most rows of tables that have as many as there are images.
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

  /// Which images are alike, by the model's body. Throws for more than can be compared.
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
