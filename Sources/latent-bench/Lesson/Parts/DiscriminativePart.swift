import Pages

/// Lower learning rates for the first layers than for the last.
enum DiscriminativePart: LessonPart {
  static let name = "discriminative"
  static let heading = "Discriminative learning rates"
  static let teaching = """
    The first layers detect edges and colours, which all images have, and should change little; \
    the last are specific to these images, and should change more. So each group of layers has its \
    own learning rate: 1e-5..1e-3 means from 1e-5 for the first layers to 1e-3 for the head.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let metric = ImageFigure.precision
    let rates = ["1e-5", "1e-3", "1e-5..1e-3"]
    let figures = try rates.map { rate in
      let name = "rate-" + rate.replacing("..", with: "-to-")
      return Repeated(
        try (0..<lesson.extent.seeds).map { seed in
          try lesson.train(
            lesson.aquariumFromClothes(
              name, seed: seed, epochs: lesson.extent.aquariumEpochs, ["--learning-rate", rate]))(
              metric.key)
        })
    }
    let best = rates.indices.max { figures[$0].mean < figures[$1].mean } ?? 0
    let difference = Difference(figures[2], figures[1])
    return LessonFindings(
      figures: HTML.table(
        ["learning rate, first layers to head", "\(metric.words), \(lesson.extent.seeds) seeds"],
        zip(rates, figures).map { [$0, $1.text] }, best: best),
      conclusion: """
        With the same body and number of epochs, \(rates[best]) is best. Compared with 1e-3 for \
        all layers, the \(metric.words) with rates from 1e-5 to 1e-3 is \(difference.words)\
        \(difference.amount < 0 && difference.isBeyondChance ? ": the first layers of a body trained as little as this one must still learn, too" : "").
        """)
  }
}
