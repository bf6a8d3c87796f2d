import ArgumentParser
import Ratings

/// `latent forget`
struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Removes a person's ratings from the store, for good.",
    discussion: """
      Models that were trained before still know the person: train and publish anew, and remove \
      the old versions with `latent models prune`.
      """)

  @Option(help: ArgumentHelp("Whose ratings to remove.", valueName: "id"))
  var user: String
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.open()
    let user = try Lookup(store).user(user)
    let count = try store.forget(user)
    if output.format == .table {
      try StandardOutput.write(
        "Removed \(count) rating\(count == 1 ? "" : "s") of user \(user).\n")
    } else {
      var table = ResultTable([ResultTable.Column("user"), ResultTable.Column("ratings_removed")])
      table.append([.identifier(user), .integer(count)])
      try table.write(as: output.format)
    }
    StandardError.write(
      "note: models trained before still know user \(user) until the next training is published; "
        + "`latent models prune` removes the old versions.\n")
  }
}
