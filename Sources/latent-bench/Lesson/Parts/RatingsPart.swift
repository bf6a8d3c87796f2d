import Pages

/// Collaborative filtering: from one-hot vectors times matrices to biases and weight decay.
enum RatingsPart: LessonPart {
  static let name = "ratings"
  static let heading = "Collaborative filtering"
  static let teaching = """
    A user and an item each have a vector of numbers, which are learned; their product says what the user would give the item. \
    Looking a vector up is the product of a one-hot vector with the matrix of all of them, only faster: that is all that an \
    embedding is. Some people give high ratings, and some films get them, whatever the taste: biases say so. And weight decay \
    keeps the numbers small, without which a model learns the ratings by heart.
    """

  /// A step of the lesson: its name and the options of `latent train` for it.
  private struct Step {
    let words: String
    let name: String
    let options: [String]

    /// The log of its epochs.
    var log: String { "\(name).csv" }
  }

  private static let steps: [Step] = {
    let plain = ["--model", "dot-bias", "--no-biases"]
    let none = ["--weight-decay", "0"]
    return [
      Step(
        words: "product of the vectors", name: "dot", options: plain + ["--range", "none"] + none),
      Step(words: "within a range", name: "ranged", options: plain + none),
      Step(words: "with biases", name: "biased", options: ["--model", "dot-bias"] + none),
      Step(words: "with weight decay 0.1", name: "decayed", options: ["--model", "dot-bias"]),
      Step(words: "a neural network", name: "neural", options: ["--model", "embedding-mlp"]),
    ]
  }()

  static func run(_ lesson: Lesson) throws -> LessonFindings {
    try lesson.latent(["import", try lesson.path(.films)])
    let figures = try steps.map { step in
      let answer = try lesson.latent(
        ["train"] + step.options
          + ["--no-refit", "--publish", "--force", "--name", step.name, "--log", step.log]
          + ["--format", "json"] + lesson.computing)
      let row = try LessonRow.all(in: answer.output).first { $0.text("model") == step.options[1] }
        .orFail("no figures of \(step.options[1])")
      let epochs = try LessonTable(lesson.file(step.log)).rows
      return (
        error: try row.number("mse"), seconds: try row.number("fit_seconds"),
        training: epochs.last?["train_loss"] ?? .nan,
        losses: epochs.enumerated().map { (x: Double($0 + 1), y: $1["valid_loss"] ?? .nan) }
      )
    }
    let best = figures.indices.min { figures[$0].error < figures[$1].error } ?? 0
    let rows = zip(steps, figures).map {
      [
        $0.words, $1.training.short, $1.error.short, ($1.error - $1.training).short,
        $1.seconds.seconds,
      ]
    }
    let product = try OneHotProduct(of: "decayed", lesson)
    func step(_ place: Int) -> String {
      let change = figures[place].error - figures[place - 1].error
      return "\(steps[place].words) \(change > 0 ? "+" : "")\(change.short)"
    }
    func gap(_ place: Int) -> String { (figures[place].error - figures[place].training).short }
    return LessonFindings(
      figures: """
        \(HTML.table(["model", "training error", "squared error, held out", "gap", "seconds"], rows, best: best))\
        \(HTML.curves("held-out error by epoch", x: "epoch", y: "squared error, held out", zip(steps, figures).prefix(4).map { ($0.words, $1.losses) }, within: 0...2))\
        <p class="caption">In the table predictions are held to the ratings that there are; the curves, and training errors, are of scores as they come.</p>\
        <h3>A one-hot vector times a matrix</h3>\(product.table)
        """,
      conclusion: """
        Each step against the one before, by the squared error of held-out ratings: \
        \((1..<steps.count).map(step).joined(separator: ", ")). The least is that of the model \(steps[best].words). From ratings that \
        were learned to those that were not the error grows by \(gap(2)) without weight decay and by \(gap(3)) with it. \(product.words)
        """)
  }
}
