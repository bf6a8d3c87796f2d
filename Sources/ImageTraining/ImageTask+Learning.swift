package import ImageModels
package import Learning

extension ImageTask {
  /// Returns the loss function. `weights` are those of classes, or of the positive images of labels: see
  /// ``ClassWeights``. `smoothing` is the share of a class's probability that is spread over all classes. Other
  /// tasks use neither.
  package func loss(weights: [Float]? = nil, smoothing: Float = 0) -> LossFunction {
    switch self {
    case .classify: .crossEntropy(weights: weights, smoothing: smoothing)
    case .multilabel: .binaryCrossEntropy(positiveWeights: weights)
    case .regress, .points: .squaredError
    }
  }

  /// The metrics of held-out images computed after each epoch, most informative first.
  package var metrics: [any ValidationMetric] {
    switch self {
    case .classify(let classes):
      [MeanMetric.accuracy, MeanMetric.errorRate]
        + (classes.count > 10 ? [MeanMetric.topKAccuracy(k: 5)] : [])
    case .multilabel(_, let thresholds):
      [
        MacroF1(threshold: Double(thresholds.first ?? 0.5)), MeanAveragePrecision(),
        MeanMetric.multiLabelAccuracy(threshold: Double(thresholds.first ?? 0.5)),
      ]
    case .regress: [MeanMetric.rmse, MeanMetric.mae, R2Score()]
    case .points: [MeanMetric.rmse, MeanMetric.mae]
    }
  }
}
