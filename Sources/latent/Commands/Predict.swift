import ArgumentParser
import Ratings
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
    let model = try model.openModelInService()
    let userID: UserID = try model.readIdentifier(user)
    let itemID: ItemID = try model.readIdentifier(item)
    let userRow = try model.users.knownIndex(of: userID)
    let itemRow = try model.items.knownIndex(of: itemID)
    var table = ResultTable([
      ResultTable.Column("user"), ResultTable.Column("item"), .title,
      ResultTable.Column("prediction"),
    ])
    let prediction = try model.finite(model.predict(for: model.user(at: userRow), item: itemRow))
    table.append([
      .identifier(userID), .identifier(itemID), .optional(model.title(of: itemRow)),
      .number(prediction, decimals: 3),
    ])
    try table.write(as: output.format)
  }
}
