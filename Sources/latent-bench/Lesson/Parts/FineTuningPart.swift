import Pages

/// Training from scratch, compared to fine-tuning a body trained on other images: the head alone first, then the whole
/// network.
enum FineTuningPart: LessonPart {
  static let name = "fine-tuning"
  static let heading = "Frozen, then unfrozen"
  static let teaching = """
    A body trained on other images need not learn to see again. But its new head is untrained, and \
    the large gradients at first would spoil the body: so the head is trained alone first, with \
    the body frozen, then the whole network, with the first layers at a hundredth of the rate. \
    Here the body was trained on photos of clothes, and the images are of an aquarium.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let metric = ImageFigure.precision
    let seeds = Array(0..<lesson.extent.seeds)
    let scratch = try seeds.map { try lesson.train(lesson.aquariumFromScratch(seed: $0)) }
    let tuned = try seeds.map { try lesson.train(lesson.fineTuned(seed: $0)) }
    let frozen = lesson.frozenEpochs
    func after(_ epoch: Int, _ models: [LessonModel]) -> Repeated {
      Repeated(models.map { $0.epochs.dropFirst(epoch - 1).first?.metrics[metric.key] ?? .nan })
    }
    let ends = (
      scratch: Repeated(scratch.map { $0(metric.key) }),
      tuned: Repeated(tuned.map { $0(metric.key) })
    )
    let rows = [
      ["from scratch", "\(lesson.extent.aquariumEpochs)", ends.scratch.text],
      ["fine-tuned, head only", "\(frozen)", after(frozen, tuned).text],
      ["then the whole network", "\(lesson.extent.aquariumEpochs)", ends.tuned.text],
    ]
    func points(_ models: [LessonModel]) -> [(x: Double, y: Double)] {
      (1...max(1, models[0].epochs.count)).map { (Double($0), after($0, models).mean) }
    }
    let difference = Difference(ends.tuned, ends.scratch)
    let thaw = Difference(ends.tuned, after(frozen, tuned))
    return LessonFindings(
      figures: """
        \(HTML.curves("metric by epoch", x: "epoch", y: metric.words, [("fine-tuned", points(tuned)), ("from scratch", points(scratch))], marks: [("unfrozen", Double(frozen))]))\
        \(HTML.table(["training", "epochs", "\(metric.words), \(seeds.count) seeds"], rows))
        """,
      conclusion: """
        Compared with as many epochs from scratch, the \(metric.words) of the fine-tuned model is \
        \(difference.words)\
        \(difference.amount > 0 && difference.isBeyondChance ? ": what was learned from clothes helps with fish" : difference.amount > 0 ? "" : ": what was learned from clothes in \(lesson.extent.epochs) epochs does not help here"). \
        After training the head only it was \(after(frozen, tuned).mean.short); after all layers \
        it is \(thaw.words).
        """)
  }
}
