import ArgumentParser
import Ratings
import Recommenders

/// `latent biases`: what is loved, or not, by everybody.
struct Biases: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the items that get more from everybody than their mean would say.",
    discussion: """
      The bias of an item is how much more it gets than other items once the tastes and habits of those who rated it are \
      accounted for: an item with a high one is loved by people who do not like its like. It shows what is \
      good, not what is popular.
      """)

  @Option(help: ArgumentHelp("The greatest number of items.", valueName: "number"))
  var top = 10
  @Flag(help: "The lowest biases instead, the lowest first.")
  var lowest = false
  @OptionGroup var rated: RatedEnoughOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...10_000_000).contains(top) else {
      throw ValidationError("--top must be from 1 to 10000000.")
    }
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
    var table = ResultTable(["rank", "item", .title, "ratings", "bias"])
    for (rank, row) in rows.prefix(top).enumerated() {
      let item = ItemIndex(row)
      table.append([
        .integer(rank + 1), .identifier(model.items.identifier(at: item)),
        .optional(model.title(of: item)), .integer(model.ratingCount(of: item)),
        .score(biases[row]),
      ])
    }
    try table.write(as: output.format)
    if rows.isEmpty, output.format == .table {
      StandardError.write(
        "no item has \(rated.minRatings) ratings: --min-ratings 1 lists those with fewer\n")
    }
  }
}

extension ModelOptions {
  /// The model of the version in service that has biases, and those of its items. Fails where none has.
  func itemBiases() throws -> (model: any ScoredModel, biases: [Float]) {
    let models = try modelsInService()
    for model in models {
      let biases = (0..<model.itemCount).compactMap { model.bias(of: ItemIndex($0)) }
      if biases.count == model.itemCount, !biases.isEmpty { return (model, biases) }
    }
    throw CommandFailure(
      "\(models.map(\.kind).joined(separator: " and ")) learned no biases of items",
      remedy: "Train a model that does, such as bayes, als or dot-bias.")
  }
}
