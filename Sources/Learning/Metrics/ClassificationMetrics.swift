import Errors
package import TensorCore

/// The share of samples whose class is the one with the highest output; of equal outputs the first
/// counts.
package struct Accuracy: ValidationMetric {
  package let name = "accuracy"
  package let isError = false
  private var topOne = TopKAccuracy(k: 1)

  package init() {}

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    try topOne.add(outputs: outputs, targets: targets)
  }

  package var value: Double { topOne.value }
}

/// 1 - ``Accuracy``.
package struct ErrorRate: ValidationMetric {
  package let name = "error_rate"
  package let isError = true
  private var accuracy = Accuracy()

  package init() {}

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    try accuracy.add(outputs: outputs, targets: targets)
  }

  package var value: Double { 1 - accuracy.value }
}

/// The share of samples whose class is among the k with the highest outputs; of equal outputs the
/// first count.
package struct TopKAccuracy: ValidationMetric {
  package let name: String
  package let isError = false
  private let k: Int
  private var hitCount = 0
  private var sampleCount = 0

  package init(k: Int = 5) {
    precondition(k > 0, "the best \(k)")
    self.k = k
    name = "top_\(k)_accuracy"
  }

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    let classes = try checkClasses(outputs, targets)
    let classCount = outputs.shape[1]
    sampleCount += classes.count
    hitCount += outputs.withElements { outputs in
      classes.enumerated().count { sample, target in
        let row = outputs[sample * classCount..<(sample + 1) * classCount]
        let own = row[row.startIndex + target]
        // A NaN is above nothing, and nothing is above it: it must not count as a hit.
        guard !own.isNaN else { return false }
        let ahead = row.enumerated().count { $1 > own || ($1 == own && $0 < target) }
        return ahead < k
      }
    }
  }

  package var value: Double { Double(hitCount) / Double(sampleCount) }
}
