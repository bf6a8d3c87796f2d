/// Whether what is predicted with a probability is as frequent as that (a reliability diagram; Guo et al.,
/// "On Calibration of Modern Neural Networks", 2017, section 2): probabilities in bins of equal width, and how often
/// what was predicted is true in each.
package struct ReliabilityCurve: Sendable, Equatable {
  /// The predictions whose probabilities lie in one bin.
  package struct Bin: Sendable, Equatable {
    package let count: Int
    /// The mean probability.
    package let confidence: Double
    /// The share that is true.
    package let accuracy: Double
  }

  /// By probability, ascending; bins without predictions are left out.
  package let bins: [Bin]

  /// Of predictions with their probabilities, from 0 to 1, and whether they came true. Traps unless there are as
  /// many. O(predictions).
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

  /// Of a classifier: each sample's predicted class with its probability.
  package init(_ probabilities: PredictionTable, actual: [Int], binCount: Int = 10) {
    let predicted = (0..<probabilities.count).map { probabilities.predictedClass(of: $0) }
    self.init(
      probabilities: predicted.enumerated().map { sample, own in
        probabilities.values[sample * probabilities.width + own]
      }, isTrue: zip(predicted, actual).map { $0 == $1 }, binCount: binCount)
  }

  /// The mean, over all predictions, of how far their bin is off (the expected calibration error); NaN without any.
  package var expectedCalibrationError: Double {
    let count = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.confidence) }
      / Double(count)
  }
}
