import Errors
import Foundation

/// Where a ``TrainingLoop`` stands within a training.
struct FitPosition: Codable, Equatable {
  /// The epoch under way, from 1.
  var epoch = 1
  /// The steps of this epoch that are done.
  var step = 0
  var history = TrainingHistory()
  var elapsed: Duration = .zero
  /// Whether a callback stopped the training.
  var isStopped = false
}

/// A ``FitPosition`` with the training it belongs to, as a checkpoint keeps it.
struct FitRecord: Codable {
  /// Which of the loop's trainings it is, from 0, and what those before it came to.
  var number: Int
  var earlier: [TrainingHistory]
  /// See ``IterativeTraining/summary``.
  var summary: String
  var position: FitPosition

  /// Throws `badState` unless the record is of such a training.
  func check(_ summary: String, _ plan: TrainingPlan) throws(TrainingError) {
    guard self.summary == summary else {
      throw .badState("it is of \(self.summary), and this training is of \(summary)")
    }
    guard (1...plan.epochCount + 1).contains(position.epoch),
      (0...plan.stepsPerEpoch).contains(position.step),
      position.history.epochs.count == position.epoch - 1
    else { throw .badState("it stands at epoch \(position.epoch), step \(position.step) of it") }
  }
}

/// A value as JSON; its numbers come back to the bit.
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

/// What ``encodedExactly(_:)`` made a text of. Throws `badState` for another.
func decodedExactly<Value: Decodable>(
  _ type: Value.Type, from text: String
) throws(TrainingError) -> Value {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  do { return try decoder.decode(Value.self, from: Data(text.utf8)) } catch {
    throw .badState("where the training stood can't be read")
  }
}
