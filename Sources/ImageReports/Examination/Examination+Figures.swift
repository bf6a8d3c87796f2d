import ImageModels
package import Interpretation

extension Examination {
  /// The metrics of one class or label.
  package struct ClassFigures: Sendable {
    package let name: String
    package let counts: BinaryCounts
    /// NaN if no image has the class or label.
    package let averagePrecision: Double
  }

  /// The confusion counts of each class or label; nil for numbers.
  private var classCounts: [BinaryCounts]? {
    switch truth {
    case .classes(let actual): confusion(of: actual).perClass
    case .labels(let isTrue): ThresholdSweep.counts(predictions, isTrue, over: thresholds)
    case .numbers: nil
    }
  }

  /// The macro averages of precision, recall and F1.
  package struct MacroFigures: Sendable {
    package let precision: Double
    package let recall: Double
    package let f1: Double
    /// The number of classes or labels averaged over.
    package let count: Int
  }

  /// The macro averages as scikit-learn's `average="macro"` computes them: over all labels, or over those classes
  /// that occur among the actual or predicted ones. Undefined values count as 0. nil for numbers.
  package var macroFigures: MacroFigures? {
    guard let counts = classCounts else { return nil }
    let isOfLabels = if case .labels = truth { true } else { false }
    let counted = counts.filter {
      isOfLabels || $0.truePositives + $0.falsePositives + $0.falseNegatives > 0
    }
    func mean(_ figure: (BinaryCounts) -> Double) -> Double {
      counted.reduce(0) { $0 + figure($1) } / Double(counted.count)
    }
    return MacroFigures(
      precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1), count: counted.count)
  }

  /// The metrics of each class or label, in the order of the outputs; nil for numbers.
  package var classFigures: [ClassFigures]? {
    let width = predictions.width
    let isTrue: (Int, Int) -> Bool
    switch truth {
    case .classes(let actual): isTrue = { actual[$0] == $1 }
    case .labels(let truth): isTrue = { truth[$0 * width + $1] }
    case .numbers: return nil
    }
    return classCounts?.enumerated().map { output, counts in
      ClassFigures(
        name: outputs[output], counts: counts,
        averagePrecision: AveragePrecision.of(
          (0..<predictions.count).map {
            (predictions.values[$0 * width + output], isTrue($0, output))
          }))
    }
  }

  /// The errors of one number or coordinate.
  package struct NumberFigures: Sendable {
    package let name: String
    package let rmse: Double
    package let mae: Double
    /// The standard deviation of the actual values: the RMSE of always predicting their mean.
    package let deviation: Double
    /// nil if all actual values are equal.
    package let r2: Double?
  }

  /// The errors of each number or coordinate; nil for classes and labels.
  package var numberFigures: [NumberFigures]? {
    guard case .numbers(let actual) = truth else { return nil }
    let width = predictions.width
    return (0..<width).map { output in
      let pairs = items.indices.map {
        (Double(actual[$0 * width + output]), Double(predictions.values[$0 * width + output]))
      }
      let count = Double(pairs.count)
      let mean = pairs.reduce(0) { $0 + $1.0 } / count
      let squares = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let variance = pairs.reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) }
      return NumberFigures(
        name: columnName(output), rmse: (squares / count).squareRoot(),
        mae: pairs.reduce(0) { $0 + abs($1.0 - $1.1) } / count,
        deviation: (variance / count).squareRoot(), r2: variance > 0 ? 1 - squares / variance : nil)
    }
  }

  /// Returns the name of a column of predictions: an output, or a coordinate of a point.
  package func columnName(_ column: Int) -> String {
    isOfPoints ? "\(outputs[column / 2])_\(column % 2 == 0 ? "x" : "y")" : outputs[column]
  }

  /// Returns whether the predicted class is right, or all labels are; nil for numbers.
  package func isRight(_ image: Int) -> Bool? {
    switch truth {
    case .classes(let actual): return actual[image] == predictions.predictedClass(of: image)
    case .labels(let isTrue):
      let width = predictions.width
      return (0..<width).allSatisfy {
        (predictions.values[image * width + $0] > thresholds[$0]) == isTrue[image * width + $0]
      }
    case .numbers: return nil
    }
  }

  /// The accuracy in each group; nil without groups, and for numbers.
  package var groupFigures: GroupFigures? {
    guard let groups else { return nil }
    let isRight = items.indices.compactMap { self.isRight($0) }
    return isRight.count == groups.count ? GroupFigures(of: groups, isRight: isRight) : nil
  }

  /// Returns the output to explain: the predicted class, or the label or number with the largest error.
  package func worstOutput(of image: Int) -> Int {
    let row = Array(predictions[image])
    switch truth {
    case .classes: return predictions.predictedClass(of: image)
    case .labels(let isTrue):
      let errors = row.indices.map { isTrue[image * row.count + $0] ? 1 - row[$0] : row[$0] }
      return errors.indices.max { (errors[$0], $1) < (errors[$1], $0) } ?? 0
    case .numbers(let actual):
      let errors = row.indices.map { abs(row[$0] - actual[image * row.count + $0]) }
      let column = errors.indices.max { (errors[$0], $1) < (errors[$1], $0) } ?? 0
      return isOfPoints ? column / 2 : column
    }
  }
}
