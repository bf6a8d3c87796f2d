import Learning
import TensorCore

/// A model with prescribed losses that learns nothing and records its calls.
final class ScriptedModel: GradientTrainable {
  let trainingCount: Int
  let validationCount: Int
  let groupCount: Int
  var lossBound: Double?
  var rateLimit = Double.infinity
  /// The upcoming losses in reverse order; 1 if there are none left.
  var losses: [Float]
  /// The upcoming mean validation losses in reverse order; the batch's size if there are none left.
  var validationLosses: [Float] = []
  var metricValues: [MetricValue] = []
  /// The metrics of the upcoming validations in reverse order.
  var metricsToCome: [[MetricValue]] = []
  private(set) var seen: [[UInt32]] = []
  private(set) var rates: [Double] = []
  private(set) var validated: [Range<Int>] = []
  private(set) var preparations: [Int] = []
  /// The number of steps taken, the model's only weight.
  private(set) var weight: Float = 0
  private var validationLoss: Float?

  init(
    _ losses: [Float], trainingCount: Int, validationCount: Int = 0, groupCount: Int = 1
  ) {
    self.losses = losses.reversed()
    self.trainingCount = trainingCount
    self.validationCount = validationCount
    self.groupCount = groupCount
  }

  func prepare(for plan: RatePlan, stepsTaken: Int) { preparations.append(stepsTaken) }

  func train(on samples: ArraySlice<UInt32>, _ step: GradientStep) -> Float {
    seen.append(Array(samples))
    rates.append(step.rate)
    weight += 1
    return losses.popLast() ?? 1
  }

  func prepareForValidation() {
    validated = []
    validationLoss = validationLosses.popLast()
    if let next = metricsToCome.popLast() { metricValues = next }
  }

  func validationLoss(of samples: Range<Int>) -> Float {
    validated.append(samples)
    return validationLoss ?? Float(samples.count)
  }

  func state() -> SavedState { weights() }

  func restore(_ state: SavedState) throws(TrainingError) { try restoreWeights(state) }

  func weights() -> SavedState {
    var weights = SavedState()
    weights.add("weight", Tensor(weight))
    return weights
  }

  func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    weight = try weights.tensor("weight", []).number
  }
}
