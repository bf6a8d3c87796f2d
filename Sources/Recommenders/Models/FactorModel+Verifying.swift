import Errors
package import ModelRegistry
import Ratings

extension FactorModel {
  /// Reads the whole file and holds that its contents make sense: ids ascending and of valid text,
  /// all numbers finite, the known ratings within their tables and in order.
  ///
  /// Throws ``ModelFileErrorCode/badContents`` naming the first tensor and row that do not.
  /// O(file size); done before a model is published, and on request.
  package func verifyContents() throws(ModelFileError) {
    guard globalMean.isFinite else {
      throw .badContents("global_mean is \(globalMean)", place: header.path)
    }
    try verifyFinite(itemFactors, "item_factors", rowLength: factorCount)
    try verifyFinite(userFactors, "user_factors", rowLength: factorCount)
    try verifyFinite(itemBiases, "item_biases")
    try verifyFinite(userBiases, "user_biases")
    try catalogue.verifyContents(place: header.path)
  }

  private func verifyFinite(
    _ column: ModelColumn<Float>, _ name: String, rowLength: Int = 1
  ) throws(ModelFileError) {
    try column.verifyFinite(name, rowLength: rowLength, place: header.path)
  }
}
