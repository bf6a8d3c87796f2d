import Foundation
package import ModelRegistry

extension TrainingRun {
  /// Reads what ``encodedJSON()`` wrote.
  package init(json: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(TrainingRun.self, from: Data(json.utf8))
  }
}
