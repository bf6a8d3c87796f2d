import Errors
import Foundation

/// The position of a ``TrainingLoop`` within a training.
struct FitPosition: Codable, Equatable {
  /// The current epoch, counted from 1.
  var epoch = 1
  /// The number of completed steps in this epoch.
  var step = 0
  var history = TrainingHistory()
  var elapsed: Duration = .zero
  /// Whether a callback stopped the training.
  var isStopped = false
}

/// A ``FitPosition`` and the training it belongs to, as stored in a checkpoint.
struct FitRecord: Codable {
  /// The number of this training within the loop, counted from 0, and the histories of those before it.
  var number: Int
  var earlier: [TrainingHistory]
  /// See ``IterativeTraining/summary``.
  var summary: String
  var position: FitPosition

  /// Throws `badState` unless the record belongs to such a training.
  func check(_ summary: String, _ plan: TrainingPlan) throws(TrainingError) {
    guard self.summary == summary else {
      throw .badState("it belongs to the training \(self.summary), not \(summary)")
    }
    guard (1...plan.epochCount + 1).contains(position.epoch),
      (0...plan.stepsPerEpoch).contains(position.step),
      position.history.epochs.count == position.epoch - 1
    else {
      throw .badState("its position, epoch \(position.epoch), step \(position.step), is invalid")
    }
  }
}

/// Returns a value as JSON that preserves numbers exactly.
func encodedExactly(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("a training's position has only numbers and texts")
  }
  return String(decoding: data, as: UTF8.self)
}

/// Decodes the output of ``encodedExactly(_:)``. Throws `badState` for any other text.
func decodedExactly<Value: Decodable>(
  _ type: Value.Type, from text: String
) throws(TrainingError) -> Value {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  do { return try decoder.decode(Value.self, from: Data(text.utf8)) } catch {
    throw .badState("the training's position can't be read")
  }
}
