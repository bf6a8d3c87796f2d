import Foundation
import ImageModels
package import Interpretation

extension Examination {
  /// The reliability of one version of the probabilities.
  package struct CalibrationVersion {
    /// `raw`: as the network outputs them. `answered`: with the calibration stored in the model. `fitted`: with the
    /// temperature that is best on these images, if the model stores none.
    package let name: String
    /// The temperature that logits were divided by, in words.
    package let temperature: String
    package let curve: ReliabilityCurve
  }

  /// The reliability without and with a temperature; nil for numbers.
  package var calibrations: [CalibrationVersion]? {
    let width = predictions.width
    switch truth {
    case .classes(let actual):
      func version(_ name: String, _ temperature: Double, over other: Double) -> CalibrationVersion
      {
        CalibrationVersion(
          name: name, temperature: Self.words([temperature]),
          curve: ReliabilityCurve(
            predictions.classLogits.probabilities(temperature: other), actual: actual))
      }
      if let kept = calibration?.temperatures.first.map(Double.init) {
        return [version("raw", 1, over: 1 / kept), version("answered", kept, over: 1)]
      }
      let fitted = Temperature.fitted(classes: predictions.classLogits, actual: actual)
      return [version("raw", 1, over: 1), version("fitted", fitted, over: fitted)]
    case .labels(let isTrue):
      let logits = predictions.labelLogits
      func version(
        _ name: String, _ temperatures: [Double], over others: [Double]
      ) -> CalibrationVersion {
        CalibrationVersion(
          name: name, temperature: Self.words(temperatures),
          curve: ReliabilityCurve(
            probabilities: logits.labelProbabilities(temperatures: others).values, isTrue: isTrue))
      }
      let ones = Array(repeating: 1.0, count: width)
      if let kept = calibration?.temperatures.map(Double.init) {
        return [
          version("raw", ones, over: kept.map { 1 / $0 }), version("answered", kept, over: ones),
        ]
      }
      let fitted = (0..<width).map { label in
        Temperature.fitted(
          labels: logits.column(label),
          isTrue: (0..<predictions.count).map { isTrue[$0 * width + label] })
      }
      return [version("raw", ones, over: ones), version("fitted", fitted, over: fitted)]
    case .numbers: return nil
    }
  }

  /// A warning about which metrics the stored temperature and thresholds flatter; nil if the model stores none.
  package var fittedWords: String? {
    guard calibration != nil else { return nil }
    return thresholds.isEmpty
      ? "The temperature was fitted on the images that the training held out: on those, probabilities look better "
        + "calibrated than they are."
      : "Temperatures and thresholds were fitted on the images that the training held out: on those, calibration and "
        + "F1 look better than they are."
  }

  private static func words(_ temperatures: [Double]) -> String {
    let ends = [temperatures.min(), temperatures.max()].map { String(format: "%.3f", $0 ?? 1) }
    return ends[0] == ends[1] ? ends[0] : "\(ends[0]) to \(ends[1])"
  }
}
