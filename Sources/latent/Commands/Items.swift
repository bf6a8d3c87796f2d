import ArgumentParser
import Ratings

/// `latent items`
struct Items: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the items, the most rated first, or finds some by title.")

  @Option(
    help: ArgumentHelp(
      "Only items with this text in their title or id, in any letter case.", valueName: "text"))
  var search: String?
  @OptionGroup var limit: LimitOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let items = try store.open().items(search: search, limit: limit.limit)
    var table = ResultTable([
      ResultTable.Column("item"), ResultTable.Column("title"), ResultTable.Column("ratings"),
      ResultTable.Column("attributes"),
    ])
    for item in items {
      table.append([
        .identifier(item.subject.id), .optional(item.subject.title), .integer(item.ratingCount),
        .list(item.subject.attributes.map { "\($0.name)=\($0.value)" }),
      ])
    }
    try table.write(as: output.format)
  }
}
