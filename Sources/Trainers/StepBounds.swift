import Errors
import Learning

/// The bounds of what every training by gradients is told.
enum StepBounds {
  /// Throws ``TrainingError`` `badOption` for what is outside its bounds.
  static func check(
    epochCount: Int, batchSize: Int, peakRate: Double, weightDecay: Double
  ) throws(TrainingError) {
    try require(epochCount >= 1, "epochs", "\(epochCount) epochs", "Give 1 or more.")
    try require(batchSize >= 1, "batch size", "batches of \(batchSize)", "Give 1 or more.")
    try require(
      peakRate.isFinite && peakRate > 0, "learning rate", "a rate of \(peakRate)",
      "Give a number above 0, such as 5e-3.")
    try require(
      weightDecay.isFinite && weightDecay >= 0, "weight decay", "a decay of \(weightDecay)",
      "Give 0 or more, such as 0.1.")
    // Each step multiplies every number by 1 - rate x decay: below 0 it would swing.
    try require(
      peakRate * weightDecay < 1, "learning rate",
      "a rate of \(peakRate) with a weight decay of \(weightDecay) takes away all a model has "
        + "learned in one step", "Their product must be below 1; a usual rate is 5e-3.")
  }

  /// Throws unless `isGood`.
  static func require(
    _ isGood: Bool, _ option: String, _ problem: String, _ remedy: String
  ) throws(TrainingError) {
    guard isGood else {
      throw TrainingError(.badOption, problem, place: option, remedy: remedy)
    }
  }
}
