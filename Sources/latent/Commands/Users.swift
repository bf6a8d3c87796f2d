import ArgumentParser
import Ratings

/// `latent users`
struct Users: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the users, in the order of their ids, and how much each has rated.")

  @OptionGroup var limit: LimitOptions
  @Option(help: ArgumentHelp("Begin behind this id, for the next page.", valueName: "id"))
  var after: String?
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.open()
    let after = try after.map { try Lookup(store).userID($0) }
    var table = ResultTable([ResultTable.Column("user"), ResultTable.Column("ratings")])
    for user in try store.users(after: after, limit: limit.limit) {
      table.append([.identifier(user.subject), .integer(user.ratingCount)])
    }
    try table.write(as: output.format)
  }
}
