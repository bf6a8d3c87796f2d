package import ImageModels
package import Learning

extension ImageTask {
  /// What a model is trained to make small. `weights` are those of classes, or of the images that have a label: see
  /// ``ClassWeights``; `smoothing` is the share of a class's probability that is spread over all. Other tasks have
  /// neither.
  package func loss(weights: [Float]? = nil, smoothing: Float = 0) -> LossFunction {
    switch self {
    case .classify: .crossEntropy(weights: weights, smoothing: smoothing)
    case .multilabel: .binaryCrossEntropy(positiveWeights: weights)
    case .regress, .points: .squaredError
    }
  }

  /// What is measured of held-out images after each epoch, the most telling first.
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
