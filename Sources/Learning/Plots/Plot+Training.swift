extension Plot {
  /// Creates a plot of the learning rate finder's loss against the rate, with its suggestions marked.
  package init(_ curve: LRCurve, _ suggestions: LRSuggestions) {
    let judged = Array(curve.judged)
    let shown = judged.isEmpty ? curve.points : judged
    let marks = suggestions.all.compactMap { name, rate -> Mark? in
      guard let rate, let loss = Self.loss(at: rate, in: curve.points) else { return nil }
      return Mark(name, Point(rate, loss))
    }
    self.init(
      "Search for a learning rate", x: Axis("learning rate", isLogarithmic: true),
      y: Axis("loss"), curves: [Curve("smoothed loss", shown.map { Point($0.rate, $0.loss) })],
      marks: marks)
  }

  /// Returns a plot of the training loss by step and the validation loss of each epoch.
  package static func losses(_ steps: StepRecorder) -> Plot {
    let training = points(steps.meanLosses)
    let validation = zip(steps.epochEnds, steps.validationLosses).compactMap { end, loss in
      loss.isNaN ? nil : Point(Double(end), Double(loss))
    }
    return Plot(
      "Losses", x: Axis("step"), y: Axis("loss"),
      curves: [Curve("training", training.thinned())]
        + (validation.isEmpty ? [] : [Curve("validation", validation, style: .dottedLine)]))
  }

  /// Returns plots of the learning rate and the momentum by step; none for a training without them.
  package static func schedule(_ steps: StepRecorder) -> [Plot] {
    [("Learning rate", steps.rates), ("Momentum", steps.momenta)].compactMap { title, numbers in
      let points = points(numbers)
      guard !points.isEmpty else { return nil }
      return Plot(
        title, x: Axis("step"), y: Axis(title.lowercased()),
        curves: [Curve(title.lowercased(), points.thinned())])
    }
  }

  /// Returns the values by step, without NaN.
  private static func points(_ numbers: [Float]) -> [Point] {
    numbers.enumerated().compactMap { step, number in
      number.isNaN ? nil : Point(Double(step + 1), Double(number))
    }
  }

  /// Returns the loss at the point with the nearest rate on a logarithmic scale.
  private static func loss(at rate: Double, in points: [LRCurve.Point]) -> Double? {
    points.filter { $0.loss.isFinite }
      .min { max($0.rate / rate, rate / $0.rate) < max($1.rate / rate, rate / $1.rate) }?.loss
  }
}
