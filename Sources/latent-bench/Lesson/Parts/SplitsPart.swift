import Pages

/// Splits that keep related images together, compared to random ones.
enum SplitsPart: LessonPart {
  static let name = "splits"
  static let heading = "A random split flatters"
  static let teaching = """
    Photos that one person sent, or frames of one film, are alike. Where some are learned from and others are held out, a model \
    is asked what it has nearly seen, and its figure is better than it will be on people it has never met. So what belongs \
    together is kept on one side of the split.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let clothes = (
      grouped: try lesson.train(lesson.clothes()),
      random: try lesson.train(lesson.clothes("clothes-random", grouped: false))
    )
    let metric = ImageFigure.precision
    let seeds = Array(0..<lesson.extent.seeds)
    func aquarium(grouped: Bool) throws -> Repeated {
      Repeated(
        try seeds.map { seed in
          let training =
            grouped && seed == 0
            ? lesson.aquariumFromScratch()
            : lesson.aquarium(
              "\(grouped ? "blocks" : "random")-\(seed)", grouped: grouped,
              ["--split-seed", "\(seed)"])
          return try lesson.train(training)(metric.key)
        })
    }
    let (blocks, frames) = (try aquarium(grouped: true), try aquarium(grouped: false))
    let difference = Difference(
      shares: (clothes.random("accuracy"), clothes.random.counts.heldOut),
      (clothes.grouped("accuracy"), clothes.grouped.counts.heldOut))
    let other = Difference(frames, blocks)
    let rows = [
      [
        "clothes, accuracy", "by sender", clothes.grouped("accuracy").short,
        "\(clothes.grouped.counts.heldOut)",
      ],
      ["", "random", clothes.random("accuracy").short, "\(clothes.random.counts.heldOut)"],
      [
        "aquarium, \(metric.words)", "by blocks of 100 numbers", blocks.text,
        "\(seeds.count) splits",
      ],
      ["", "random", frames.text, "\(seeds.count) splits"],
    ]
    return LessonFindings(
      figures: HTML.table(["images and figure", "split", "figure", "held out"], rows),
      conclusion: """
        Of clothes the accuracy on a random split is \(difference.words); of the aquarium, where neighbouring numbers are nearly \
        the same image, the \(metric.words) on a random split is \(other.words). \
        \(difference.amount > 0 || other.amount > 0 ? "The figure to believe is the one of the split by groups." : "These models have learned too little to recognise what they have seen: longer trainings flatter more.")
        """)
  }
}
