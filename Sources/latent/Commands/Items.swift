import ArgumentParser
import Interactions
import Ratings
import Recommenders

/// `latent items`
struct Items: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List items, the most rated first, or find some by title or id.",
    discussion: """
      --sort mean and newest read all ratings; newest sorts by an item's first rating. bias is from the model in service: \
      see `latent biases`. The mean or bias of items with few ratings is unreliable: items below --min-ratings \
      are left out.
      """)

  @Option(
    help: ArgumentHelp(
      "Only items with this text in their title or id, ignoring case.", valueName: "text"))
  var search: String?
  @Option(help: ArgumentHelp("Only the item with this id.", valueName: "id"))
  var item: String?
  @Option(
    help: ArgumentHelp("The order: count, mean, newest or bias.", valueName: "order"))
  var sort = ItemOrder.count
  @Option(
    help: ArgumentHelp(
      "With --sort mean or bias: only items with at least this many ratings (default: 20).",
      valueName: "number"))
  var minRatings: Int?
  @OptionGroup var limit: CountOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard search == nil || item == nil else {
      throw ValidationError("Give one of --search and --item.")
    }
    guard sort == .count || item == nil else {
      throw ValidationError("--sort is for lists: leave out --item.")
    }
    guard minRatings == nil || [.mean, .bias].contains(sort) else {
      throw ValidationError("--min-ratings goes with --sort mean or bias.")
    }
    if let minRatings, minRatings < 0 {
      throw ValidationError("--min-ratings must be 0 or above.")
    }
  }

  func run() throws {
    let store = try store.open()
    if let keys = try sort.keys(store, model, minimumRatings: minRatings) {
      return try list(store, by: keys)
    }
    let items = try found(in: store)
    var table = Self.table(with: nil)
    for item in items.prefix(limit.count) { table.append(Self.row(item, [])) }
    try table.write(as: output.format)
    try limit.noteCut(
      items.count, "item", output.format,
      total: search == nil && item == nil ? store.summary().itemCount : nil)
    if items.isEmpty { noteNone(in: store) }
  }

  private func list(_ store: any RatingsStore, by keys: [ItemID: ItemOrder.Key]) throws {
    let all = try store.items(search: search, limit: .max)
    let found = all.compactMap { item in keys[item.subject.id].map { (item, $0) } }
      .sorted { $0.1.rank < $1.1.rank }
    var table = Self.table(with: sort)
    for (item, key) in found.prefix(limit.count) { table.append(Self.row(item, [key.cell])) }
    try table.write(as: output.format)
    limit.noteCut(found.count, "item", output.format, total: found.count)
    guard found.isEmpty, output.format == .table else { return }
    if all.isEmpty { return noteNone(in: store) }
    StandardError.write("\(sort.reasonForNone)\n")
  }

  private func noteNone(in store: any RatingsStore) {
    guard output.format == .table else { return }
    StandardError.write(
      search.map { "no item of \(store.name) has \"\($0)\" in its title or id\n" }
        ?? "\(store.name) holds no items yet: import some with `latent import`\n")
  }

  private static func table(with order: ItemOrder?) -> ResultTable {
    ResultTable(
      ["item", .title, "ratings"] + (order.map { [ResultTable.Column($0.column)] } ?? [])
        + [ResultTable.Column("attributes", fit: .cut)])
  }

  private static func row(_ item: Counted<Item>, _ key: [ResultTable.Cell]) -> [ResultTable.Cell] {
    [
      .identifier(item.subject.id), .optional(item.subject.title), .integer(item.ratingCount),
    ] + key + [.list(item.subject.attributes.map { "\($0.name)=\($0.value)" })]
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

/// The order of `latent items`.
enum ItemOrder: String, ExpressibleByArgument, CaseIterable {
  /// The most rated first.
  case count
  /// The highest mean rating first.
  case mean
  /// The item with the latest first rating first.
  case newest
  /// The highest bias first.
  case bias

  /// The rank of an item in the order, and the cell with its sort key.
  typealias Key = (rank: Int, cell: ResultTable.Cell)

  /// The column with the sort key.
  var column: String { self == .newest ? "first_rated" : rawValue }

  /// Why no item has a key.
  var reasonForNone: String {
    self == .newest
      ? "no rating has a time" : "no item has enough ratings: see --min-ratings"
  }

  /// Returns the keys of the items that have one; nil for the store's own order.
  fileprivate func keys(
    _ store: any RatingsStore, _ model: ModelOptions, minimumRatings: Int?
  ) throws -> [ItemID: Key]? {
    let least = minimumRatings ?? Recommender.defaultMinimumRatings
    switch self {
    case .count: return nil
    case .mean:
      let rated = try RatedStore(store)
      let statistics = rated.statistics
      let means = statistics.sums.indices.filter { statistics.counts[$0] >= max(1, least) }.map {
        (
          rated.table.identifier(of: ItemIndex($0)),
          statistics.sums[$0] / Double(statistics.counts[$0])
        )
      }
      return Self.ranked(means) { .number($0, decimals: 3) }
    case .newest:
      let newest = try RatedStore(store).newestItems(.max).map { ($0.item, $0.time) }
      return Self.ranked(newest) { .time($0) }
    case .bias:
      let (model, biases) = try model.itemBiases()
      let known = biases.indices.filter { model.ratingCount(of: ItemIndex($0)) >= least }.map {
        (model.items.identifier(at: ItemIndex($0)), biases[$0])
      }
      return Self.ranked(known) { .score($0) }
    }
  }

  /// Ranks the greatest value first, and the lower id among equals.
  private static func ranked<Value: Comparable>(
    _ values: [(ItemID, Value)], _ cell: (Value) -> ResultTable.Cell
  ) -> [ItemID: Key] {
    let sorted = values.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    return Dictionary(
      uniqueKeysWithValues: sorted.enumerated().map { ($1.0, ($0, cell($1.1))) })
  }
}
