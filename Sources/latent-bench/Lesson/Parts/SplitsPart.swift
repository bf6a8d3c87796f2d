import Pages

/// Splits that keep related images together, compared to random ones.
enum SplitsPart: LessonPart {
  static let name = "splits"
  static let heading = "A random split flatters"
  static let teaching = """
    Photos by one sender, or frames of one film, are similar. If some are in the training set and \
    others are held out, the model is tested on images that it has nearly seen, and the figures \
    are better than they will be for new senders. So related images are kept on one side of the \
    split.
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
        For clothes, the accuracy on a random split is \(difference.words); for the aquarium, \
        where images with neighbouring numbers are nearly the same, the \(metric.words) on a \
        random split is \(other.words). \
        \(difference.amount > 0 || other.amount > 0 ? "The figure to trust is that of the grouped split." : "These models have learned too little to recognise what they have seen: longer trainings flatter more.")
        """)
  }
}
