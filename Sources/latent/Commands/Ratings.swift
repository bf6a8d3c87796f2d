import ArgumentParser
import Ratings

/// `latent ratings`
struct ShowRatings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratings",
    abstract:
      "Show the ratings of a user or of an item, or all ratings, the newest first.")

  @Option(help: ArgumentHelp("Only ratings by this user.", valueName: "id"))
  var user: String?
  @Option(help: ArgumentHelp("Only ratings of this item.", valueName: "id"))
  var item: String?
  @OptionGroup var limit: CountOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard user == nil || item == nil else {
      throw ValidationError("Give one of --user and --item, or neither for all ratings.")
    }
  }

  func run() throws {
    let lookup = try StoreLookup(store.open())
    if let user {
      try show(ofUser: lookup.user(user), lookup)
    } else if let item {
      try show(ofItem: lookup.item(item), lookup)
    } else {
      try showNewest(lookup)
    }
  }

  private func show(ofUser user: UserID, _ lookup: StoreLookup) throws {
    let found = try lookup.store.ratings(of: user, limit: limit.probe)
    let ratings = found.prefix(limit.count)
    let titles = try lookup.titles(of: ratings.map(\.item))
    var table = ResultTable(["item", .title, "rating", "time"])
    for rating in ratings {
      table.append([
        .identifier(rating.item), .optional(titles[rating.item]), .rating(rating.value),
        .time(rating.time),
      ])
    }
    try table.write(as: output.format)
    limit.noteCut(found.count, "rating", of: " of user \(user)", output.format, total: nil)
  }

  private func show(ofItem item: ItemID, _ lookup: StoreLookup) throws {
    var table = ResultTable(["user", "rating", "time"])
    let found = try lookup.store.ratings(for: item, limit: limit.probe)
    for rating in found.prefix(limit.count) {
      table.append([.identifier(rating.user), .rating(rating.value), .time(rating.time)])
    }
    try table.write(as: output.format)
    limit.noteCut(found.count, "rating", of: " of item \(item)", output.format, total: nil)
  }

  private func showNewest(_ lookup: StoreLookup) throws {
    let found = try lookup.store.newestRatings(limit: limit.probe)
    let ratings = found.prefix(limit.count)
    let titles = try lookup.titles(of: ratings.map(\.item))
    var table = ResultTable([
      ResultTable.Column("user"), ResultTable.Column("item"), .title, ResultTable.Column("rating"),
      ResultTable.Column("time"),
    ])
    for rating in ratings {
      table.append([
        .identifier(rating.user), .identifier(rating.item), .optional(titles[rating.item]),
        .rating(rating.value), .time(rating.time),
      ])
    }
    try table.write(as: output.format)
    limit.noteCut(found.count, "rating", output.format, total: nil)
  }
}
