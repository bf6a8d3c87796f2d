import Errors
import Foundation

extension Learner {
  /// Runs the learning rate finder and restores the model: weights, buffers, optimiser and random state. It trains for
  /// up to `stepCount` mini-batches while the rate of all groups rises geometrically from `lowest` towards `highest`
  /// (Smith, "Cyclical learning rates", 2017; fastai's `lr_find`).
  ///
  /// It stops early if the smoothed loss exceeds four times its best or is NaN, and before the rate exceeds
  /// ``GradientTrainable/rateLimit``. There is no validation, and callbacks are not called.
  ///
  /// Throws `badData` without samples, and whatever the model throws.
  package func findLearningRate(
    from lowest: Double = 1e-7, to highest: Double = 10, stepCount: Int = 100
  ) throws(TrainingError) -> LRCurve {
    precondition(0 < lowest && lowest < highest && stepCount > 0)
    try checkData()
    let before = try model.state().held()
    do {
      let points = try search(from: lowest, to: highest, stepCount: stepCount)
      try model.restore(before)
      return LRCurve(points: points, warmUpCount: stepCount / 10)
    } catch {
      try model.restore(before)
      throw error
    }
  }

  private func search(
    from lowest: Double, to highest: Double, stepCount: Int
  ) throws(TrainingError) -> [LRCurve.Point] {
    let batches = BatchSizes(batchSize, samples: model.trainingCount)
    let plan = RatePlan(
      stepCount: stepCount,
      peakRates: try PeakRates.same(highest).values(groupCount: model.groupCount),
      schedule: ExponentialSchedule(from: lowest / highest, to: 1))
    try model.prepare(for: plan, stepsTaken: 0)
    var points: [LRCurve.Point] = []
    var average = LossAverage()
    var best = Double.infinity
    var samples: [UInt32] = []
    for step in 0..<stepCount {
      let settings = plan.step(step + 1)
      if settings.rate > model.rateLimit { break }
      let (epoch, batch) = step.quotientAndRemainder(dividingBy: batches.trainingCount)
      if batch == 0 {
        samples = order.samples(model.trainingCount, epoch: loop.epochsTaken + epoch)
      }
      // Once NaN, the loss stays NaN, so the remaining steps are not trained.
      if !average.value.isNaN || step == 0 {
        average.add(try model.train(on: samples[batches.training(batch)], settings))
      }
      let loss = average.value
      points.append(LRCurve.Point(rate: settings.rate, loss: loss))
      best = min(best, loss.isNaN ? best : loss)
      if loss > 4 * best { break }
    }
    return points
  }
}

/// The curve recorded by the learning rate finder: the smoothed loss as the rate rises step by step.
package struct LRCurve: Sendable, Equatable {
  /// The rate of a step and the exponential moving average of losses after it.
  package struct Point: Sendable, Equatable {
    package let rate: Double
    package let loss: Double

    package init(rate: Double, loss: Double) {
      self.rate = rate
      self.loss = loss
    }
  }

  /// All steps. After the first NaN, the remaining rates were not tried and have NaN.
  package let points: [Point]
  /// The number of initial points that suggestions ignore: a tenth of the search.
  private let warmUpCount: Int

  package init(points: [Point], warmUpCount: Int = 10) {
    precondition(warmUpCount >= 0, "\(warmUpCount) points")
    self.points = points
    self.warmUpCount = warmUpCount
  }

  /// The points used for suggestions: up to the first NaN, without the first tenth of the search (10 of 100) and the
  /// last 5 points.
  package var judged: ArraySlice<Point> {
    guard points.count > warmUpCount + 5 else { return [] }
    let middle = points[warmUpCount..<(points.count - 5)]
    return middle.prefix { !$0.loss.isNaN }
  }
}

/// The learning rates suggested by a ``LRCurve``, by fastai's four rules. A suggestion is nil if the curve is too short
/// for it.
package struct LRSuggestions: Sendable, Equatable {
  /// The rate where the loss falls fastest against the logarithm of the rate.
  package let steepest: Double?
  /// A tenth of the rate with the lowest loss.
  package let minimum: Double?
  /// The rate within the longest descent: two thirds of the way to a third of it.
  package let valley: Double?
  /// The rate where the slope settles, going left from the right end.
  package let slide: Double?

  /// Computes the suggestions for the usable part of `curve`. Complexity: O(points squared).
  package init(_ curve: LRCurve) {
    let points = Array(curve.judged)
    steepest = Self.steepest(points)
    minimum = points.min { $0.loss < $1.loss }.map { $0.rate / 10 }
    valley = Self.valley(points)
    slide = Self.slide(points)
  }

  /// The suggestions by name.
  package var all: [(name: String, rate: Double?)] {
    [("steepest", steepest), ("minimum", minimum), ("valley", valley), ("slide", slide)]
  }

  private typealias Point = LRCurve.Point

  /// Returns the left end of the lowest forward difference of the loss over ln(rate).
  private static func steepest(_ points: [Point]) -> Double? {
    zip(points, points.dropFirst())
      .map { (rate: $0.rate, slope: ($1.loss - $0.loss) / (log($1.rate) - log($0.rate))) }
      .min { $0.slope < $1.slope }?.rate
  }

  /// Finds the longest strictly decreasing subsequence, of length L, ending at the first index where L is reached.
  /// Returns the rate at `end - L + int(L / 3) + int(L / 6)`, not below 0.
  private static func valley(_ points: [Point]) -> Double? {
    guard !points.isEmpty else { return nil }
    var lengths = [Int](repeating: 1, count: points.count)
    var end = 0
    for position in points.indices {
      for before in 0..<position where points[position].loss < points[before].loss {
        lengths[position] = max(lengths[position], lengths[before] + 1)
      }
      if lengths[position] > lengths[end] { end = position }
    }
    let length = lengths[end]
    return points[max(0, end - length + length / 3 + length / 6)].rate
  }

  /// Computes the slopes of the loss by index. Moves a pair of points 15 apart from the right end to the left while
  /// their slopes differ by more than 0.005. Returns the left rate of the last such pair, or of the first pair.
  private static func slide(_ points: [Point]) -> Double? {
    let distance = 15
    guard points.count > distance else { return nil }
    let losses = points.map(\.loss)
    let last = losses.count - 1
    let slopes = losses.indices.map { position in
      switch position {
      case 0: losses[1] - losses[0]
      case last: losses[last] - losses[last - 1]
      default: (losses[position + 1] - losses[position - 1]) / 2
      }
    }
    var left = last - distance
    var found = points[left].rate
    while left >= 0, abs(slopes[left + distance] - slopes[left]) > 0.005 {
      found = points[left].rate
      left -= 1
    }
    return found
  }
}
