import Errors
import Foundation

extension Learner {
  /// The learning rate finder: trains for up to `stepCount` mini-batches while the rate of all groups
  /// rises from `lowest` towards `highest` by equal factors (Smith, "Cyclical learning rates", 2017;
  /// fastai's `lr_find`), and restores the model: weights, buffers, optimiser and random state.
  ///
  /// It ends early when the smoothed loss exceeds four times its best or is no number, and before
  /// ``GradientTrainable/rateLimit``. There is no validation and no callback.
  ///
  /// Throws `badData` without samples; what the model throws.
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
      // Once it is no number it stays none: what is left would not be learned from.
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

/// What the learning rate finder saw: the smoothed loss as the rate rises step by step.
package struct LRCurve: Sendable, Equatable {
  /// A step's rate and the exponential mean of losses after it.
  package struct Point: Sendable, Equatable {
    package let rate: Double
    package let loss: Double

    package init(rate: Double, loss: Double) {
      self.rate = rate
      self.loss = loss
    }
  }

  /// Every step; after the first loss that is no number, the rates not tried, with NaN.
  package let points: [Point]
  /// How many of the first points no suggestion goes by: a tenth of the search.
  private let warmUpCount: Int

  package init(points: [Point], warmUpCount: Int = 10) {
    precondition(warmUpCount >= 0, "\(warmUpCount) points")
    self.points = points
    self.warmUpCount = warmUpCount
  }

  /// The points that suggestions go by: without the first tenth of the search (10 of 100) and the last 5
  /// points, up to the first NaN.
  package var judged: ArraySlice<Point> {
    guard points.count > warmUpCount + 5 else { return [] }
    let middle = points[warmUpCount..<(points.count - 5)]
    return middle.prefix { !$0.loss.isNaN }
  }
}

/// The learning rates that a ``LRCurve`` suggests, by fastai's four rules: nil where the curve is too
/// short for one.
package struct LRSuggestions: Sendable, Equatable {
  /// Where the loss falls fastest against the logarithm of the rate.
  package let steepest: Double?
  /// A tenth of the rate with the lowest loss.
  package let minimum: Double?
  /// Within the longest fall: two thirds of the way to a third of it.
  package let valley: Double?
  /// Where the slope, going left from the right end, settles.
  package let slide: Double?

  /// What the judged part of `curve` suggests. Complexity: O(points squared).
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

  /// The left end of the lowest forward difference of the loss over ln(rate).
  private static func steepest(_ points: [Point]) -> Double? {
    zip(points, points.dropFirst())
      .map { (rate: $0.rate, slope: ($1.loss - $0.loss) / (log($1.rate) - log($0.rate))) }
      .min { $0.slope < $1.slope }?.rate
  }

  /// From the longest strictly decreasing subsequence, of length L, that ends at the first index where
  /// L is reached: the rate at `end - L + int(L / 3) + int(L / 6)`, not below 0.
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

  /// With the slopes of the loss by index, pairs 15 apart from the right end moving left while they
  /// differ by more than 0.005: the left rate of the last such pair, or of the first pair.
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
