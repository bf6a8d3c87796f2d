import ArgumentParser
import ModelRegistry
import Ratings
import Recommenders

/// How many ratings an item needs to be told of.
struct RatedEnoughOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only items with so many ratings: of others too little is known.", valueName: "number"))
  var minRatings = Recommender.defaultMinimumRatings

  func validate() throws {
    if minRatings < 0 { throw ValidationError("--min-ratings must be 0 or above.") }
  }
}

extension ModelOptions {
  /// The components of the version in service, and the model that they are of: the first whose items have
  /// vectors. Fails where there are none.
  func components(
    _ count: Int, minimumRatings: Int
  ) throws -> (components: ItemComponents, model: any ScoredModel) {
    let models = try modelsInService()
    let model = models.first(where: \.itemsHaveVectors) ?? models[0]
    try model.verifyContents()
    let found = ItemComponents(of: model, count: count, minimumRatings: minimumRatings)
    guard let found else {
      let count = (0..<model.itemCount).count {
        model.ratingCount(of: ItemIndex($0)) >= minimumRatings
      }
      throw count < 3
        ? CommandFailure(
          "only \(count) of the \(model.itemCount) items have \(minimumRatings) ratings, and it takes three",
          remedy: "Ask for items with fewer ratings by --min-ratings.")
        : CommandFailure(
          "what \(model.kind) holds of the \(count) items does not differ",
          remedy: "Train a model that learns of items, such as als, on more ratings.")
    }
    return (found, model)
  }
}

extension ItemComponents {
  /// What they are of, for programs: columns behind the others, with the same cells in each row. People read ``words(for:)``.
  func facts(
    of model: any ScoredModel, for format: OutputFormat
  ) -> (columns: [ResultTable.Column], cells: [ResultTable.Cell]) {
    format == .table
      ? ([], []) : (["model", "basis"], [.text(model.kind), .text(basis.rawValue)])
  }

  /// What they are of, for people.
  func words(for model: any ScoredModel) -> String {
    switch basis {
    case .vectors: "\(items.count) items by what \(model.kind) learned of them"
    case .coRatings: "\(items.count) items by who rated what: \(model.kind) has no vectors of items"
    }
  }
}
