package import TensorCore

/// The task of an image model.
package enum ImageTask: Hashable, Sendable, Codable {
  /// One of several classes.
  case classify(classes: [String])
  /// Any number of labels: each whose probability is above the threshold at its position.
  case multilabel(labels: [String], thresholds: [Float])
  /// Named numbers, within a range if one is given.
  case regress(names: [String], range: Range?)
  /// Named points of the image: x and y from -1 at the top left to 1.
  case points(names: [String])

  /// The lowest and highest possible prediction.
  package struct Range: Hashable, Sendable, Codable {
    package let lower: Float
    package let upper: Float

    /// nil unless both bounds are finite and in ascending order.
    package init?(_ lower: Float, _ upper: Float) {
      guard lower.isFinite, upper.isFinite, lower < upper else { return nil }
      self.lower = lower
      self.upper = upper
    }
  }

  /// The name of each output, or pair of outputs.
  package var outputNames: [String] {
    switch self {
    case .classify(let names), .multilabel(let names, _), .regress(let names, _),
      .points(let names):
      names
    }
  }

  /// The number of a network's outputs.
  package var outputCount: Int {
    if case .points(let names) = self { 2 * names.count } else { outputNames.count }
  }

  /// The range that a network's last layer maps its outputs into; nil for none.
  package var outputRange: ClosedRange<Float>? {
    switch self {
    case .classify, .multilabel: nil
    case .regress(_, let range): range.map { $0.lower...$0.upper }
    // Slightly beyond the edges, since a sigmoid never reaches its bounds.
    case .points: -1.1...1.1
    }
  }

  /// Returns a network's outputs `[batch, outputs]` as predictions: probabilities of classes and labels; numbers and
  /// points unchanged. A model's own answers are those of ``ImageModelDescription/predictions(of:)``.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try predictions(of: Variable(outputs), on: Tape(isRecording: false)).value
  }

  /// Returns the same as an operation on `tape`.
  func predictions(of outputs: Variable, on tape: Tape) throws(TensorError) -> Variable {
    switch self {
    case .classify: try tape.softmax(outputs)
    case .multilabel: try tape.sigmoid(outputs)
    case .regress, .points: outputs
    }
  }
}
