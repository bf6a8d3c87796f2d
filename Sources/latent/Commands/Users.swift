import ArgumentParser
import Ratings

/// `latent users`
struct Users: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the users in the order of their ids, with their numbers of ratings.")

  @OptionGroup var limit: CountOptions
  @Option(help: ArgumentHelp("Start after this id, for the next page.", valueName: "id"))
  var after: String?
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.open()
    let after = try after.map { try StoreLookup(store).userID($0) }
    var table = ResultTable(["user", "ratings"])
    let users = try store.users(after: after, limit: limit.probe)
    for user in users.prefix(limit.count) {
      table.append([.identifier(user.subject), .integer(user.ratingCount)])
    }
    try table.write(as: output.format)
    try limit.noteCut(
      users.count, "user", output.format,
      total: after == nil ? store.summary().userCount : nil)
    if users.isEmpty, output.format == .table {
      StandardError.write(
        after.map { "no user of \(store.name) comes after \($0)\n" }
          ?? "\(store.name) holds no ratings yet: import some with `latent import`\n")
    }
  }
}
