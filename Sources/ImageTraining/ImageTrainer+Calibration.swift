import ImageModels
import Interpretation
package import Learning
import TensorCore

extension ImageTrainer {
  /// Fits temperatures and thresholds on the held-out images, with the current weights, and stores them in the
  /// description. Thresholds apply to the probabilities after temperature scaling. Does nothing if no image is held
  /// out, and for numbers and points. For classes, counts ``unsureCount`` too.
  package func calibrate() throws(TrainingError) {
    guard !data.heldOut.isEmpty else { return }
    switch (description.task, data.targets) {
    case (.classify, .classes(let classes)):
      let table = try heldOutTable()
      unsureCount = (0..<table.count).count { image in table[image].allSatisfy { $0 <= 0.5 } }
      let temperature = Temperature.fitted(
        classes: table.classLogits, actual: data.heldOut.map { Int(classes[$0]) })
      description.calibration = ImageCalibration(temperatures: [Float(temperature)])
    case (.multilabel(let labels, _), .numbers(let numbers, let width)):
      let logits = try heldOutTable().labelLogits
      let isTrue = data.heldOut.flatMap { image in
        (0..<width).map { numbers[image * width + $0] > 0.5 }
      }
      let temperatures = (0..<width).map { label in
        Temperature.fitted(
          labels: logits.column(label),
          isTrue: data.heldOut.indices.map { isTrue[$0 * width + label] })
      }
      let sweep = ThresholdSweep(
        logits.labelProbabilities(temperatures: temperatures), isTrue: isTrue)
      description.task = .multilabel(labels: labels, thresholds: sweep.thresholds())
      description.calibration = ImageCalibration(
        temperatures: temperatures.map { Float($0) }, overallThreshold: sweep.best)
    default: break
    }
  }

  /// Returns the uncalibrated predictions for the held-out images.
  private func heldOutTable() throws(TrainingError) -> PredictionTable {
    PredictionTable(
      width: description.task.outputCount,
      values: try heldOutPredictions().flatMap { $0.elements() })
  }
}
