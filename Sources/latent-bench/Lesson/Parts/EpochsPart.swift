import Pages

/// The number of epochs to train for, chosen by the metric.
enum EpochsPart: LessonPart {
  static let name = "epochs"
  static let heading = "The number of epochs, chosen by the metric"
  static let teaching = """
    The training loss keeps falling. The validation loss rises again when a model becomes \
    overconfident, which alone does no harm; what counts is the metric. Train too long once, see \
    when the metric stops improving, and train again from scratch for that many epochs, so that \
    the schedule ends there.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    var training = lesson.aquarium("long", ["--no-augmentation"])
    training = LessonTraining(
      training.name, training.data, epochs: lesson.extent.longEpochs, training.options)
    let model = try lesson.train(training)
    let metric = ImageFigure.precision
    func best(_ value: (LessonModel.Epoch) -> Double) throws -> Int {
      try model.epochs.indices.max { value(model.epochs[$0]) < value(model.epochs[$1]) }
        .orFail("no epochs")
    }
    let (loss, figure) = (
      try best { -$0.validationLoss }, try best { $0.metrics[metric.key] ?? -1 }
    )
    let last = model.epochs.count - 1
    func points(_ value: (LessonModel.Epoch) -> Double) -> [(x: Double, y: Double)] {
      model.epochs.enumerated().map { (Double($0 + 1), value($1)) }
    }
    let plots: HTML = """
      \(HTML.curves("losses by epoch", x: "epoch", y: "loss", [("training loss", points(\.trainingLoss)), ("validation loss", points(\.validationLoss))]))\
      \(HTML.curves("metric by epoch", x: "epoch", y: metric.words, [(metric.words, points { $0.metrics[metric.key] ?? .nan })]))
      """
    let rows = [
      ("lowest validation loss", loss), ("best \(metric.words)", figure), ("last epoch", last),
    ].map {
      words, place -> [String] in
      let epoch = model.epochs[place]
      return [
        words, "\(place + 1)", epoch.trainingLoss.short, epoch.validationLoss.short,
        (epoch.metrics[metric.key] ?? .nan).short,
      ]
    }
    let ends = (model.epochs[loss].validationLoss, model.epochs[last].validationLoss)
    return LessonFindings(
      figures: """
        \(plots)\
        \(HTML.table(["", "epoch", "training loss", "validation loss", metric.words], rows))
        """,
      conclusion: """
        The validation loss is lowest after epoch \(loss + 1) of \(last + 1), the \(metric.words) highest after epoch \(figure + 1). \
        \(figure > loss ? "The metric kept improving after the loss had begun to rise: going by the loss would have stopped the training too early." : figure < loss ? "The metric was best before the loss was." : "Both agree here.") \
        \(ends.1 > ends.0 ? "At the end the validation loss is \((ends.1 - ends.0).short) above its lowest, while the training loss is \(model.epochs[last].trainingLoss.short)." : "The last epoch has the lowest loss: longer may be better still.")
        """)
  }
}
