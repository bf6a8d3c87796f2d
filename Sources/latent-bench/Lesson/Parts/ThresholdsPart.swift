import Pages

/// The probability above which a label is predicted.
enum ThresholdsPart: LessonPart {
  static let name = "thresholds"
  static let heading = "Label thresholds"
  static let teaching = """
    With several labels, each has its own probability, and an image gets those above a threshold: \
    none, one or many. 0.5 is seldom the best threshold. Better ones are found on the predictions \
    for held-out images, without further training; the curve should be smooth, so that the best is \
    not an accident.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let training = try lesson.fineTuned(seed: 0)
    _ = try lesson.train(training)
    let answer = try lesson.latent(
      ["images", "examine"] + (try training.dataWords(in: lesson))
        + ["--name", training.name, "--version", "1", "--show", "thresholds", "--format", "json"]
        + lesson.computing)
    let sweep = try LessonRow.all(in: answer.output).map {
      (
        threshold: try $0.number("threshold"), f1: try $0.number("f1_macro"),
        accuracy: try $0.number("accuracy")
      )
    }
    let best = try sweep.max { $0.f1 < $1.f1 }.orFail("no thresholds")
    let exact = try sweep.max { $0.accuracy < $1.accuracy }.orFail("no thresholds")
    let half = try sweep.min { abs($0.threshold - 0.5) < abs($1.threshold - 0.5) }.orFail(
      "no thresholds")
    let jumps = zip(sweep, sweep.dropFirst()).map { abs($1.f1 - $0.f1) }.max() ?? 0
    let rows = [("best F1", best), ("best accuracy", exact), ("nearest to 0.5", half)].map {
      [$0, $1.threshold.short, $1.f1.short, $1.accuracy.short]
    }
    return LessonFindings(
      figures: """
        \(HTML.curves("figures by threshold", x: "threshold", y: "share", [("mean F1 of the labels", sweep.map { ($0.threshold, $0.f1) }), ("accuracy", sweep.map { ($0.threshold, $0.accuracy) })], marks: [("best F1", best.threshold)]))\
        \(HTML.table(["", "threshold", "mean F1", "accuracy"], rows))
        """,
      conclusion: """
        The mean F1 is best at a threshold of \(best.threshold.short): \(best.f1.short), against \
        \(half.f1.short) at \(half.threshold.short). The accuracy is best at \
        \(exact.threshold.short)\(exact.threshold == best.threshold ? ", the same" : ": the two measure different things"). \
        Between neighbouring thresholds the F1 changes by at most \
        \(jumps.short)\(jumps > 0.1 ? ", which is rough: more held-out images would help" : ", so the curve can be trusted"). \
        A model stores the best threshold of each label.
        """)
  }
}
