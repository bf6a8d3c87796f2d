extension Plot {
  /// The loss against the rate of a search for a learning rate, its suggestions marked.
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

  /// The losses of a training: the running mean of the batches', and those of each validation.
  package static func losses(_ steps: StepRecorder) -> Plot {
    let training = steps.meanLosses.enumerated().map { Point(Double($0 + 1), Double($1)) }
    let validation = zip(steps.epochEnds, steps.validationLosses).compactMap { end, loss in
      loss.isNaN ? nil : Point(Double(end), Double(loss))
    }
    return Plot(
      "Losses", x: Axis("step"), y: Axis("loss"),
      curves: [Curve("training", training.thinned())]
        + (validation.isEmpty ? [] : [Curve("validation", validation, isDotted: true)]))
  }

  /// The rate and the momentum that a training went by.
  package static func schedule(_ steps: StepRecorder) -> [Plot] {
    func plot(_ title: String, _ numbers: [Float]) -> Plot {
      let points = numbers.enumerated().map { Point(Double($0 + 1), Double($1)) }
      return Plot(
        title, x: Axis("step"), y: Axis(title.lowercased()),
        curves: [Curve(title.lowercased(), points.thinned())])
    }
    return [plot("Learning rate", steps.rates), plot("Momentum", steps.momenta)]
  }

  /// The loss at the point whose rate is nearest by its logarithm, as a quotient.
  private static func loss(at rate: Double, in points: [LRCurve.Point]) -> Double? {
    points.filter { $0.loss.isFinite }
      .min { max($0.rate / rate, rate / $0.rate) < max($1.rate / rate, rate / $1.rate) }?.loss
  }
}
