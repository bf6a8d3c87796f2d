import Foundation

/// The temperature by which a model's logits are divided so that its probabilities are as frequent as they say
/// (temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2). No predicted
/// class changes by it.
package enum Temperature {
  /// Where it is looked for.
  package static let range = 0.05...20.0

  /// The temperature of the least mean negative log-likelihood of the actual classes, by the logits of each sample,
  /// of samples that were not learned from; 1 without any. O(numbers x 60).
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

  /// The temperature of the least mean binary cross-entropy of labels that do not exclude each other.
  package static func fitted(labels logits: PredictionTable, isTrue: [Bool]) -> Double {
    precondition(isTrue.count == logits.values.count, "a truth a logit")
    return least { temperature in
      zip(logits.values, isTrue).reduce(0) { sum, label in
        let logit = Double(label.0) / temperature
        return sum + max(logit, 0) - (label.1 ? logit : 0) + log1p(exp(-abs(logit)))
      }
    }
  }

  /// Golden-section search by the logarithm: the loss falls, then rises, as it is convex in 1 / temperature.
  private static func least(_ loss: (Double) -> Double) -> Double {
    var (low, high) = (log(range.lowerBound), log(range.upperBound))
    let ratio = (5.0.squareRoot() - 1) / 2
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (leftLoss, rightLoss) = (loss(exp(left)), loss(exp(right)))
    guard leftLoss.isFinite, rightLoss.isFinite, leftLoss != rightLoss else { return 1 }
    while high - low > 1e-6 {
      if leftLoss <= rightLoss {
        (high, right, rightLoss) = (right, left, leftLoss)
        left = high - ratio * (high - low)
        leftLoss = loss(exp(left))
      } else {
        (low, left, leftLoss) = (left, right, rightLoss)
        right = low + ratio * (high - low)
        rightLoss = loss(exp(right))
      }
    }
    return exp((low + high) / 2)
  }
}
