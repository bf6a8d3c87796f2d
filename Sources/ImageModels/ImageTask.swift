package import TensorCore

/// What a model of images answers.
package enum ImageTask: Hashable, Sendable, Codable {
  /// One of several classes.
  case classify(classes: [String])
  /// Any number of labels, each whose probability is over the threshold at its position.
  case multilabel(labels: [String], thresholds: [Float])
  /// Numbers, by what they are called; within a range where one is given.
  case regress(names: [String], range: Range?)
  /// Points of the image, by what they are called: x and y from -1 at the left and the top to 1.
  case points(names: [String])

  /// The lowest and the highest of predictions.
  package struct Range: Hashable, Sendable, Codable {
    package let lower: Float
    package let upper: Float

    /// nil unless both are finite and in order.
    package init?(_ lower: Float, _ upper: Float) {
      guard lower.isFinite, upper.isFinite, lower < upper else { return nil }
      self.lower = lower
      self.upper = upper
    }
  }

  /// What each output, or pair of outputs, is called.
  package var outputNames: [String] {
    switch self {
    case .classify(let names), .multilabel(let names, _), .regress(let names, _),
      .points(let names):
      names
    }
  }

  /// How many numbers a network puts out.
  package var outputCount: Int {
    if case .points(let names) = self { 2 * names.count } else { outputNames.count }
  }

  /// Where a network's last layer maps its outputs into; nil for none.
  package var outputRange: ClosedRange<Float>? {
    switch self {
    case .classify, .multilabel: nil
    case .regress(_, let range): range.map { $0.lower...$0.upper }
    // A little beyond the edges, which a sigmoid never reaches.
    case .points: -1.1...1.1
    }
  }

  /// A network's outputs `[batch, outputs]` as predictions: probabilities of classes and labels, numbers and
  /// points as they are. See ``ImageModelDescription/predictions(of:)`` for what a model answers.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try predictions(of: Variable(outputs), on: Tape(isRecording: false)).value
  }

  /// The same, as a step of a computation.
  func predictions(of outputs: Variable, on tape: Tape) throws(TensorError) -> Variable {
    switch self {
    case .classify: try tape.softmax(outputs)
    case .multilabel: try tape.sigmoid(outputs)
    case .regress, .points: outputs
    }
  }
}
