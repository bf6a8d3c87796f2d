import Pages

/// The probability above which a label is predicted.
enum ThresholdsPart: LessonPart {
  static let name = "thresholds"
  static let heading = "Thresholds of labels"
  static let teaching = """
    Of several labels each has a probability of its own, and an image has those over a threshold: none, one or many. 0.5 is \
    seldom the best. Which is, is tried on the predictions of held-out images, which takes no training; the curve should be \
    smooth, so that the best is not an accident.
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
    let rows = [("best F1", best), ("most answers right", exact), ("the middle", half)].map {
      [$0, $1.threshold.short, $1.f1.short, $1.accuracy.short]
    }
    return LessonFindings(
      figures: """
        \(HTML.curves("figures by threshold", x: "threshold", y: "share", [("mean F1 of the labels", sweep.map { ($0.threshold, $0.f1) }), ("accuracy", sweep.map { ($0.threshold, $0.accuracy) })], marks: [("best F1", best.threshold)]))\
        \(HTML.table(["", "threshold", "mean F1", "accuracy"], rows))
        """,
      conclusion: """
        The mean F1 is best over \(best.threshold.short): \(best.f1.short), against \(half.f1.short) over \(half.threshold.short). \
        Most single answers are right over \(exact.threshold.short)\(exact.threshold == best.threshold ? ", the same" : ": the two are not the same question"). \
        Between neighbours the F1 moves by \(jumps.short) at the most\(jumps > 0.1 ? ", which is rough: more held-out images would say more" : ", so that the curve can be trusted"). \
        A model keeps the best threshold of each label by itself.
        """)
  }
}
