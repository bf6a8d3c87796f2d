import ArgumentParser
import ModelRegistry
import Ratings
import Recommenders

/// The number of ratings that an item needs to be shown.
struct RatedEnoughOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only items with at least this many ratings; too little is known about others.",
      valueName: "number"))
  var minRatings = Recommender.defaultMinimumRatings

  func validate() throws {
    if minRatings < 0 { throw ValidationError("--min-ratings must be 0 or above.") }
  }
}

extension ModelOptions {
  /// Returns the components of the version in service, and the model they come from: the first one whose items have
  /// vectors, else the first one. Throws if there are no components.
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
          "only \(count) of the \(model.itemCount) items have \(minimumRatings) ratings, and three are needed",
          remedy: "Include items with fewer ratings with --min-ratings.")
        : CommandFailure(
          "what \(model.kind) has learned about the \(count) items does not differ",
          remedy: "Train a model that learns about items, such as als, on more ratings.")
    }
    return (found, model)
  }
}

extension ItemComponents {
  /// Returns the origin of the components for programs: trailing columns, with the same cells in each row. People read
  /// ``words(for:)``.
  func facts(
    of model: any ScoredModel, for format: OutputFormat
  ) -> (columns: [ResultTable.Column], cells: [ResultTable.Cell]) {
    format == .table
      ? ([], []) : (["model", "basis"], [.text(model.kind), .text(basis.rawValue)])
  }

  /// Returns the origin of the components in words.
  func words(for model: any ScoredModel) -> String {
    switch basis {
    case .vectors: "\(items.count) items by what \(model.kind) learned of them"
    case .coRatings: "\(items.count) items by who rated what: \(model.kind) has no item vectors"
    }
  }
}
