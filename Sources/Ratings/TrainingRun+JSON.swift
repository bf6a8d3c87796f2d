import Foundation

extension TrainingRun {
  /// The record as one JSON object, keys in order. A figure that is not finite, as a failed run may
  /// have, is written as the text `nan`, `inf` or `-inf`.
  package func encodedJSON() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reads what ``encodedJSON()`` wrote.
  package init(json: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(TrainingRun.self, from: Data(json.utf8))
  }
}
