import Pages

/// A deeper network and larger images compared to smaller ones.
enum DepthPart: LessonPart {
  static let name = "depth"
  static let heading = "Small first, deep later"
  static let teaching = """
    A deeper network and larger images take longer, and are not always better, especially with few \
    images. So try everything on a small network and small images, where a mistake costs seconds, \
    and let larger ones prove that they are worth the time.
    """

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    let metric = ImageFigure.precision
    let (small, large) = (lesson.extent.side, lesson.extent.largeSide)
    let deep = ["--backbone", "resnet34"]
    let trainings = [
      ("resnet18, \(small) px", lesson.aquariumFromScratch()),
      ("resnet34, \(small) px", lesson.aquarium("deeper", deep)),
      ("resnet18, \(large) px", lesson.aquarium("larger", side: large)),
      ("resnet34, \(large) px", lesson.aquarium("deeper-larger", side: large, deep)),
    ]
    let models = try trainings.map { (name: $0, model: try lesson.train($1)) }
    let best =
      models.indices.max { models[$0].model(metric.key) < models[$1].model(metric.key) } ?? 0
    let rows = models.map {
      [
        $0.name, $0.model(metric.key).short, $0.model.seconds.seconds,
        ($0.model.seconds / models[0].model.seconds).short,
      ]
    }
    let (first, last) = (models[0].model, models[3].model)
    return LessonFindings(
      figures: HTML.table(
        ["network and images", metric.words, "seconds", "relative time"], rows, best: best),
      conclusion: """
        \(models[best].name) has the best \(metric.words). The largest takes \
        \((last.seconds / first.seconds).short) times as long as the smallest, and its \
        \(metric.words) is \
        \(Difference(Repeated([last(metric.key)]), Repeated([first(metric.key)])).words). \
        \(best == 0 ? "The larger ones gain nothing here." : "In the time of the largest, the smallest could have been trained \(Int(last.seconds / first.seconds)) times.")
        """)
  }
}
