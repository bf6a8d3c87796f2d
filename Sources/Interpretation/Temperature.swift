import Foundation

/// Temperature scaling: fits the divisor of a model's logits that makes its probabilities match observed frequencies
/// (Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2). Predicted classes do not change.
package enum Temperature {
  /// The range searched.
  package static let range = 0.05...20.0

  /// Returns the likeliest temperature for the logits and actual classes of held-out samples; 1 without samples. The
  /// prior on its logarithm is a standard normal distribution. It keeps a few samples that are all right from pushing
  /// the temperature towards 0. O(numbers x 70).
  package static func fitted(classes logits: PredictionTable, actual: [Int]) -> Double {
    precondition(actual.count == logits.count, "a class a sample")
    return least { temperature in
      var sum = 0.0
      for (sample, actual) in actual.enumerated() {
        let row = logits[sample]
        let greatest = Double(row.max() ?? 0)
        let powers = row.reduce(0) { $0 + exp((Double($1) - greatest) / temperature) }
        sum += log(powers) - (Double(row[row.startIndex + actual]) - greatest) / temperature
      }
      return sum
    }
  }

  /// Returns the likeliest temperature for labels that are not mutually exclusive, by binary cross-entropy.
  package static func fitted(labels logits: PredictionTable, isTrue: [Bool]) -> Double {
    precondition(isTrue.count == logits.values.count, "a truth a logit")
    return least { temperature in
      zip(logits.values, isTrue).reduce(0) { sum, label in
        let logit = Double(label.0) / temperature
        return sum + max(logit, 0) - (label.1 ? logit : 0) + log1p(exp(-abs(logit)))
      }
    }
  }

  /// Returns the temperature that minimises the sum of the loss and the prior's: a grid search over logarithms, then a
  /// golden-section search between the best point's neighbours. Returns 1 if the loss is not finite.
  private static func least(_ loss: (Double) -> Double) -> Double {
    func whole(_ logarithm: Double) -> Double {
      loss(exp(logarithm)) + logarithm * logarithm / 2
    }
    let (lower, upper) = (log(range.lowerBound), log(range.upperBound))
    let step = (upper - lower) / 40
    let grid = (0...40).map { lower + Double($0) * step }
    let losses = grid.map(whole)
    guard losses.allSatisfy({ $0.isFinite }),
      let best = losses.indices.min(by: { losses[$0] < losses[$1] })
    else { return 1 }
    var (low, high) = (grid[max(best - 1, 0)], grid[min(best + 1, 40)])
    let ratio = (5.0.squareRoot() - 1) / 2
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (leftLoss, rightLoss) = (whole(left), whole(right))
    while high - low > 1e-6 {
      if leftLoss <= rightLoss {
        (high, right, rightLoss) = (right, left, leftLoss)
        left = high - ratio * (high - low)
        leftLoss = whole(left)
      } else {
        (low, left, leftLoss) = (left, right, rightLoss)
        right = low + ratio * (high - low)
        rightLoss = whole(right)
      }
    }
    return exp((low + high) / 2)
  }
}
