import ArgumentParser
import Ratings
import Recommenders

/// `latent factors`: shows the principal components of the items.
struct Factors: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show the items at both ends of each principal component of the model's item vectors.",
    discussion: """
      The first component is the direction of the greatest variance of the item vectors, the \
      second that of the remaining variance, and so on; share is the explained share of the \
      variance. Interpret a component by the items at its ends; its sign \
      has no meaning. For a model without vectors, such as item-item, the axes come from a correspondence analysis of \
      who rated what, for the \(ItemComponents.coRatedLimit) most rated items.
      """)

  @Option(help: ArgumentHelp("The number of components.", valueName: "number"))
  var components = 2
  @Option(help: ArgumentHelp("The number of items at each end.", valueName: "number"))
  var count = 5
  @OptionGroup var rated: RatedEnoughOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1000).contains(components) else {
      throw ValidationError("--components must be from 1 to 1000.")
    }
    guard (1...100_000).contains(count) else {
      throw ValidationError("--count must be from 1 to 100000.")
    }
  }

  func run() throws {
    let (found, model) = try model.components(components, minimumRatings: rated.minRatings)
    let facts = found.facts(of: model, for: output.format)
    var table = ResultTable(
      ["component", "share", "end", "rank", "item", .title, "ratings", "place"]
        + facts.columns)
    for component in found.shares.indices {
      let ends = found.ends(of: component, count: count)
      for (end, places) in [("+", ends.high), ("-", ends.low)] {
        for (rank, place) in places.enumerated() {
          table.append(
            [
              .integer(component + 1), .number(found.shares[component], decimals: 3), .text(end),
              .integer(rank + 1), .identifier(model.items.identifier(at: place.item)),
              .optional(model.title(of: place.item)), .integer(model.ratingCount(of: place.item)),
              .score(place.value),
            ] + facts.cells)
        }
      }
    }
    try table.write(as: output.format)
    guard output.format == .table else { return }
    StandardError.write("\(found.words(for: model))\n")
    if found.shares.count < components {
      StandardError.write("there are no more components than these \(found.shares.count)\n")
    }
  }
}
