import Errors
import Foundation

/// Where a ``Learner`` stands within a fit: all that its loop goes by, but for the plan.
struct FitPosition: Codable, Equatable {
  /// The epoch under way, from 1.
  var epoch = 1
  /// The steps of this epoch that are done.
  var batch = 0
  /// The sum of this epoch's losses, and the mean that is shown.
  var lossSum = 0.0
  var average = LossAverage()
  var history = TrainingHistory()
  var rateChanges: [RateChange] = []
  var elapsed: Duration = .zero
  /// Whether a callback ended the training.
  var isStopped = false
}

/// A ``FitPosition`` with what it belongs to.
struct FitRecord: Codable {
  /// Which of the learner's fits it is, from 0, and what those before it came to.
  var number: Int
  var earlier: [TrainingHistory]
  /// The plan, in words: a fit goes on only if it has the same.
  var plan: String
  var order: String
  var position: FitPosition

  /// As a text. Numbers come back as they were, to the bit.
  func encoded() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("a fit's position has only numbers and texts")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Throws `badState` unless `text` is one that ``encoded()`` made.
  init(decoding text: String) throws(TrainingError) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { self = try decoder.decode(FitRecord.self, from: Data(text.utf8)) } catch {
      throw .badState("where the training stood can't be read")
    }
  }

  init(
    number: Int, earlier: [TrainingHistory], plan: TrainingPlan, order: SampleOrder,
    position: FitPosition
  ) {
    self.number = number
    self.earlier = earlier
    self.plan = Self.words(plan)
    self.order = "\(order)"
    self.position = position
  }

  /// Throws `badState` unless the record is of such a fit.
  func check(_ plan: TrainingPlan, _ order: SampleOrder) throws(TrainingError) {
    let words = Self.words(plan)
    guard self.plan == words else {
      throw .badState("it was to go by \(self.plan), and this one by \(words)")
    }
    guard self.order == "\(order)" else {
      throw .badState("its samples came in the order \(self.order), and here in \(order)")
    }
    guard (1...plan.epochCount + 1).contains(position.epoch),
      (0...plan.batchCount).contains(position.batch),
      position.history.epochs.count == position.epoch - 1
    else { throw .badState("it stands at epoch \(position.epoch), step \(position.batch) of it") }
  }

  private static func words(_ plan: TrainingPlan) -> String {
    "\(plan.epochCount) epochs of \(plan.batchCount) batches, rates up to \(plan.peakRates), "
      + "\(plan.schedule), \(plan.validationCount) held out"
  }
}
