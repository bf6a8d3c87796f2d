import ArgumentParser
import Ratings
import Recommenders

/// `latent biases`: what is loved, or not, by everybody.
struct Biases: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Lists the items with the highest biases: rated above the mean by everybody, tastes accounted for.",
    discussion: """
      The bias of an item is how much more it gets than other items once the tastes and habits of those who rated it are \
      accounted for: an item with a high one is loved by people who do not like its like. It shows what is \
      good, not what is popular.
      """)

  @OptionGroup var limit: CountOptions
  /// Another name for `--count`.
  @Option(help: .hidden)
  var top: Int?
  @Flag(help: "The lowest biases instead, the lowest first.")
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
