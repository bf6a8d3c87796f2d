/// A reliability diagram: predicted probabilities in bins of equal width, and how often the predictions in each bin are
/// true (Guo et al., "On Calibration of Modern Neural Networks", 2017, section 2).
package struct ReliabilityCurve: Sendable, Equatable {
  /// The predictions whose probabilities lie in one bin.
  package struct Bin: Sendable, Equatable {
    package let count: Int
    /// The mean predicted probability.
    package let confidence: Double
    /// The share of predictions that are true.
    package let accuracy: Double
  }

  /// The bins by ascending probability, without empty ones.
  package let bins: [Bin]

  /// Computes the curve from probabilities between 0 and 1 and whether each prediction came true. Traps unless both
  /// have the same count. O(predictions).
  package init(probabilities: [Float], isTrue: [Bool], binCount: Int = 10) {
    precondition(probabilities.count == isTrue.count && binCount > 0, "a truth a probability")
    var sums = Array(repeating: (count: 0, confidence: 0.0, right: 0), count: binCount)
    for (probability, isTrue) in zip(probabilities, isTrue) where !probability.isNaN {
      let bin = min(max(Int(Double(probability) * Double(binCount)), 0), binCount - 1)
      sums[bin].count += 1
      sums[bin].confidence += Double(probability)
      sums[bin].right += isTrue ? 1 : 0
    }
    bins = sums.filter { $0.count > 0 }.map {
      Bin(
        count: $0.count, confidence: $0.confidence / Double($0.count),
        accuracy: Double($0.right) / Double($0.count))
    }
  }

  /// Computes the curve of a classifier from each sample's predicted class and its probability.
  package init(_ probabilities: PredictionTable, actual: [Int], binCount: Int = 10) {
    let predicted = (0..<probabilities.count).map { probabilities.predictedClass(of: $0) }
    self.init(
      probabilities: predicted.enumerated().map { sample, own in
        probabilities.values[sample * probabilities.width + own]
      }, isTrue: zip(predicted, actual).map { $0 == $1 }, binCount: binCount)
  }

  /// The expected calibration error: the mean deviation of the bins, weighted by their counts; NaN without predictions.
  package var expectedCalibrationError: Double {
    let count = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.confidence) }
      / Double(count)
  }
}
