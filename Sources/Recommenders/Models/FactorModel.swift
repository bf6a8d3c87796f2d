package import ModelRegistry
import Ratings

/// A factor model as it answers: the tables of ``FactorTables`` in a mapped file, with the ids, the
/// titles and the known ratings that answers need.
///
/// Opening reads the header alone; the time it takes does not depend on the model's size. What the
/// file holds is not trusted: whatever stands in it, no look-up goes outside its table. That the
/// contents make sense is checked when a model is published, and by ``verifyContents()``.
package final class FactorModel: ScoredModel {
  package let header: ModelHeader
  package let catalogue: ModelCatalogue
  /// Added to every score.
  package let globalMean: Float
  /// The length of a row of factors.
  package let factorCount: Int
  let userFactors: ModelColumn<Float>
  let itemFactors: ModelColumn<Float>
  let userBiases: ModelColumn<Float>
  let itemBiases: ModelColumn<Float>

  /// Opens the model file at `path` by mapping it.
  ///
  /// Throws ``ModelFileError`` when it can't be opened, is no safetensors file, no factor model, a
  /// newer Latent's, or lacks a tensor of the right type and shape.
  package static func open(_ path: String) throws(ModelFileError) -> FactorModel {
    try FactorModel(SafetensorsFile(path))
  }

  /// Takes the model out of a file that is open; throws as ``open(_:)`` does.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    header = try ModelHeader(file, form: .factors)
    let reader = TensorReader(file: file)
    let itemDimensions = try reader.dimensions(of: "item_factors", rank: 2)
    let userCount = try reader.dimensions(of: "user_biases", rank: 1)[0]
    let itemCount = itemDimensions[0]
    factorCount = itemDimensions[1]
    catalogue = try ModelCatalogue(reader, userCount: userCount, itemCount: itemCount)
    itemFactors = try reader.column("item_factors", itemDimensions)
    userFactors = try reader.column("user_factors", [userCount, factorCount])
    itemBiases = try reader.column("item_biases", [itemCount])
    userBiases = try reader.column("user_biases", [userCount])
    globalMean = try reader.column("global_mean", [1])[0]
  }
}
