import ArgumentParser
import Recommenders

/// `latent predict`: what a user would rate an item.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predicts how a user would rate an item, by the model in service.")

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
    var table = ResultTable(["user", "item", .title, "prediction"])
    table.append([
      .identifier(prediction.user), .identifier(prediction.item), .optional(prediction.title),
      .number(Double(prediction.rating), decimals: 3),
    ])
    try table.write(as: output.format)
  }
}
