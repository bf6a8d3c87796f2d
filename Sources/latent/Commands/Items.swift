import ArgumentParser
import Ratings

/// `latent items`
struct Items: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the items, the most rated first, or finds some by title or id.")

  @Option(
    help: ArgumentHelp(
      "Only items with this text in their title or id, in any letter case.", valueName: "text"))
  var search: String?
  @Option(help: ArgumentHelp("Only the item with this id.", valueName: "id"))
  var item: String?
  @OptionGroup var limit: CountOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard search == nil || item == nil else {
      throw ValidationError("Give one of --search and --item.")
    }
  }

  func run() throws {
    let store = try store.open()
    let items = try found(in: store)
    var table = ResultTable([
      "item", .title, "ratings", ResultTable.Column("attributes", isElastic: true),
    ])
    for item in items.prefix(limit.count) {
      table.append([
        .identifier(item.subject.id), .optional(item.subject.title), .integer(item.ratingCount),
        .list(item.subject.attributes.map { "\($0.name)=\($0.value)" }),
      ])
    }
    try table.write(as: output.format)
    try limit.noteCut(
      items.count, "item", output.format,
      total: search == nil && item == nil ? store.summary().itemCount : nil)
    if items.isEmpty, output.format == .table {
      StandardError.write(
        search.map { "no item of \(store.name) has \"\($0)\" in its title or id\n" }
          ?? "\(store.name) holds no items yet: bring some in with `latent import`\n")
    }
  }

  private func found(in store: any RatingsStore) throws -> [Counted<Item>] {
    guard let item else { return try store.items(search: search, limit: limit.probe) }
    let id = try StoreLookup(store).item(item)
    return [
      Counted(
        try store.item(id) ?? Item(id: id), ratingCount: try store.ratingCount(of: id))
    ]
  }
}
