import ArgumentParser
import Ratings
import Recommenders

/// `latent biases`: lists items by bias.
struct Biases: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "List the items with the highest biases: those rated above the mean, with tastes accounted for.",
    discussion: """
      The bias of an item is how much higher it is rated than other items, once the tastes and habits of the users who \
      rated it are accounted for. Even people who don't like similar items rate an item with a high bias well. It shows \
      quality, not popularity.
      """)

  @OptionGroup var limit: CountOptions
  /// Another name for `--count`.
  @Option(help: .hidden)
  var top: Int?
  @Flag(help: "List the lowest biases instead, the lowest first.")
  var lowest = false
  @OptionGroup var rated: RatedEnoughOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard top == nil || limit.given == nil else {
      throw ValidationError("--top is another name for --count: give one of them.")
    }
    if let top, top < 1 { throw ValidationError("--top must be at least 1.") }
  }

  func run() throws {
    let (model, biases) = try model.itemBiases()
    let rows = biases.indices
      .filter { model.ratingCount(of: ItemIndex($0)) >= rated.minRatings }
      .sorted { left, right in
        lowest
          ? (biases[left], left) < (biases[right], right)
          : (biases[right], left) < (biases[left], right)
      }
    let isTable = output.format == .table
    var table = ResultTable(
      ["rank", "item", .title, "ratings", "bias"] + (isTable ? [] : ["model"]))
    for (rank, row) in rows.prefix(top ?? limit.rankedCount).enumerated() {
      let item = ItemIndex(row)
      table.append(
        [
          .integer(rank + 1), .identifier(model.items.identifier(at: item)),
          .optional(model.title(of: item)), .integer(model.ratingCount(of: item)),
          .score(biases[row]),
        ] + (isTable ? [] : [.text(model.kind)]))
    }
    try table.write(as: output.format)
    guard isTable else { return }
    StandardError.write(
      rows.isEmpty
        ? "no item has \(rated.minRatings) ratings: --min-ratings 1 lists those with fewer\n"
        : "\(rows.count) items by what \(model.kind) learned of them\n")
  }
}
