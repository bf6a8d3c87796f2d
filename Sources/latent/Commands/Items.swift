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
  @OptionGroup var limit: CountOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.open()
    let items = try store.items(search: search, limit: limit.probe)
    var table = ResultTable(["item", .title, "ratings", "attributes"])
    for item in items.prefix(limit.count) {
      table.append([
        .identifier(item.subject.id), .optional(item.subject.title), .integer(item.ratingCount),
        .list(item.subject.attributes.map { "\($0.name)=\($0.value)" }),
      ])
    }
    try table.write(as: output.format)
    try limit.noteCut(
      items.count, "item", output.format,
      total: search == nil ? store.summary().itemCount : nil)
    if items.isEmpty, output.format == .table {
      StandardError.write(
        search.map { "no item of \(store.name) has \"\($0)\" in its title or id\n" }
          ?? "\(store.name) holds no items yet: bring some in with `latent import`\n")
    }
  }
}
