import Foundation
package import ModelRegistry

extension TrainingRun {
  /// Decodes the output of ``encodedJSON()``.
  package init(json: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(TrainingRun.self, from: Data(json.utf8))
  }
}
