import Pages

/// Half precision compared to single precision.
enum PrecisionPart: LessonPart {
  static let name = "precision"
  static let heading = "Half precision"
  static let teaching = """
    16-bit numbers take half the memory and, if the processor can multiply them, about half the \
    time; the model is as good. bfloat16 has the range of single precision, so nothing else has to \
    change.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let single = try lesson.train(lesson.clothes())
    let half = try lesson.train(lesson.clothes("clothes-half", ["--precision", "bfloat16"]))
    let models = [("float32", single), ("bfloat16", half)]
    let rows = models.map {
      [$0, $1.seconds.seconds, $1("accuracy").short, $1("validation_loss").short]
    }
    let difference = Difference(
      shares: (half("accuracy"), half.counts.heldOut), (single("accuracy"), single.counts.heldOut))
    let conclusion =
      if let warning = half.warnings.first(where: { $0.contains("bfloat16") }) {
        "Nothing to compare on this machine: \(warning)."
      } else {
        """
        In bfloat16 the training took \((half.seconds / single.seconds).short) times as long, and \
        the accuracy is \(difference.words).
        """
      }
    return LessonFindings(
      figures: HTML.table(["precision", "seconds", "accuracy", "validation loss"], rows),
      conclusion: conclusion)
  }
}
