import Pages

/// Targets that are known to lie in a range.
enum RangePart: LessonPart {
  static let name = "range"
  static let heading = "A number within a range"
  static let teaching = """
    If a number is known to lie in a range, here the probability that a solar cell is defective, a \
    sigmoid scaled to slightly more than that range saves the model from having to learn it, and \
    rules out impossible predictions.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let column = "defect_probability"
    let options = [
      "--size", "\(lesson.extent.side)", "--channels", "grey", "--learning-rate", "3e-3",
    ]
    let trainings = [
      ("none", LessonTraining("cells", .cells, epochs: lesson.extent.epochs, options)),
      (
        "\u{2212}0.05 to 1.05",
        LessonTraining(
          "cells-ranged", .cells, epochs: lesson.extent.epochs, options + ["--range=-0.05..1.05"])
      ),
    ]
    let found = try trainings.map { words, training in
      let model = try lesson.train(training)
      let images = try lesson.path(.cells) + "/images"
      let answer = try lesson.latent(
        [
          "images", "predict", images, "--name", training.name, "--version", "1", "--format",
          "json",
        ]
          + lesson.computing)
      let predicted = try LessonRow.all(in: answer.output).map { try $0.number(column) }
      return Predicted(words: words, model: model, values: predicted)
    }
    let rows = found.map { entry -> [String] in
      let bounds = entry.values.bounds ?? 0...0
      return [
        entry.words, entry.model("rmse").short, entry.model("mae").short, bounds.lowerBound.short,
        bounds.upperBound.short, "\(entry.beyond)",
      ]
    }
    let (free, ranged) = (found[0], found[1])
    return LessonFindings(
      figures: HTML.table(
        [
          "range", "RMSE", "MAE", "lowest prediction", "highest prediction",
          "more than 0.05 outside 0 to 1",
        ], rows),
      conclusion: """
        Without a range, \(free.beyond) of \(free.values.count) predictions lie more than 0.05 \
        outside 0 to 1; with one, \(ranged.beyond). The RMSE with the range is \
        \(Difference(Repeated([ranged.model("rmse")]), Repeated([free.model("rmse")])).words).
        """)
  }
}

/// The predictions of a model with or without a range, for all cells.
private struct Predicted {
  let words: String
  let model: LessonModel
  let values: [Double]

  /// The number of predictions below -0.05 or above 1.05, where there are no targets.
  var beyond: Int { values.count { $0 < -0.05 || $0 > 1.05 } }
}
