import Pages

/// Collaborative filtering: from one-hot vectors times matrices to biases and weight decay.
enum RatingsPart: LessonPart {
  static let name = "ratings"
  static let heading = "Collaborative filtering"
  static let teaching = """
    Each user and each item has a learned vector of numbers; the dot product of two of them \
    predicts the user's rating of the item. Looking a vector up is the same as multiplying a \
    one-hot vector by the matrix of all vectors, only faster: that is all that an embedding is. \
    Some people give high ratings, and some films get them, regardless of taste: biases capture \
    that. Weight decay keeps the numbers small; without it a model memorises the ratings.
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
        words: "dot product", name: "dot", options: plain + ["--range", "none"] + none),
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
        \(HTML.table(["model", "training error", "held-out squared error", "gap", "seconds"], rows, best: best))\
        \(HTML.curves("held-out error by epoch", x: "epoch", y: "held-out squared error", zip(steps, figures).prefix(4).map { ($0.words, $1.losses) }, within: 0...2))\
        <p class="caption">For the held-out errors in the table, predictions are clipped to the \
        range of the ratings; the curves and training errors are of unclipped scores.</p>\
        <h3>A one-hot vector times a matrix</h3>\(product.table)
        """,
      conclusion: """
        The change in held-out squared error at each step: \
        \((1..<steps.count).map(step).joined(separator: ", ")). The lowest error is that of the \
        model "\(steps[best].words)". From training to held-out ratings, the error grows by \
        \(gap(2)) without weight decay and by \(gap(3)) with it. \(product.words)
        """)
  }
}
