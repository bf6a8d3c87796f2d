import ArgumentParser
import Recommenders

/// `latent predict`: what a user would rate an item.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predicts how a user would rate an item, by the model in service.",
    discussion: """
      A model that knows how far ratings lie from its predictions, such as bayes, says between which \
      ratings, low and high, nine of ten such ratings lie.
      """)

  @Option(help: ArgumentHelp("The user.", valueName: "id"))
  var user: String
  @Option(help: ArgumentHelp("The item.", valueName: "id"))
  var item: String
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let prediction = try model.ask { queries throws(RecommendingError) in
      try queries.predict(user: user, item: item)
    }
    let bounds = prediction.interval.map { [$0.lowerBound, $0.upperBound] } ?? []
    var table = ResultTable(
      ["user", "item", .title, "prediction"] + (bounds.isEmpty ? [] : ["low", "high"]))
    table.append(
      [
        .identifier(prediction.user), .identifier(prediction.item), .optional(prediction.title),
        .score(prediction.rating),
      ] + bounds.map { .score($0) })
    try table.write(as: output.format)
  }
}
