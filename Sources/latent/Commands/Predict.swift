import ArgumentParser
import Errors
import RatingsFiles
import Recommenders

/// `latent predict`: predicts ratings.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Predict how a user would rate an item, with the model in service.",
    discussion: """
      A model that knows the uncertainty of its predictions, such as bayes, also gives a 90 % prediction interval, low to \
      high.

      With --pairs it predicts for every line of a file, such as USER,ITEM with or without a header, and \
      writes CSV, or JSON Lines with --format json or --out FILE.jsonl. If the model does not \
      know the user or the item of a pair, the row has the reason instead of a prediction. For users who have rated since \
      the training, or who are new, the model uses their ratings in the store.
      """)

  @Option(help: ArgumentHelp("The user.", valueName: "id"))
  var user: String?
  @Option(help: ArgumentHelp("The item.", valueName: "id"))
  var item: String?
  @Option(
    help: ArgumentHelp(
      "A file of pairs instead of --user and --item; - is standard input.", valueName: "file"))
  var pairs: String?
  @Option(
    help: ArgumentHelp(
      "Write the predictions of --pairs to FILE.csv, FILE.jsonl or - (the default).",
      valueName: "file"))
  var out: String?
  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if pairs != nil {
      guard user == nil, item == nil else {
        throw ValidationError("Give --pairs, or --user and --item.")
      }
      _ = try RowFormat(of: out ?? "-", output.format)
    } else if out != nil {
      throw ValidationError("--out is for --pairs.")
    } else if user == nil || item == nil {
      throw ValidationError(
        "Missing expected argument '--\(user == nil ? "user" : "item") <id>'")
    }
  }

  func run() throws {
    if let pairs { return try write(pairs) }
    guard let user, let item else { preconditionFailure("was validated") }
    let queries = try model.queries()
    let later = try LaterRatings(than: model, in: store)
    let prediction = try ModelOptions.explained { () throws(RecommendingError) in
      try later.answer(of: user, queries) { _ throws(RecommendingError) in
        try queries.predict(user: user, item: item)
      } byRatings: { ratings throws(RecommendingError) in
        try queries.predict(of: ratings, for: user, item: item)
      }
    }
    let bounds = [prediction.interval?.lowerBound, prediction.interval?.upperBound]
    // Programs get the same columns for every model.
    let hasBounds = prediction.interval != nil || output.format != .table
    var table = ResultTable(
      ["user", "item", .title, "prediction"] + (hasBounds ? ["low", "high"] : []))
    table.append(
      [
        .identifier(prediction.user), .identifier(prediction.item), .optional(prediction.title),
        .score(prediction.rating),
      ] + (hasBounds ? bounds.map { $0.map { .score($0) } ?? .missing } : []))
    try table.write(as: output.format)
  }

  private func write(_ pairs: String) throws {
    let path = out ?? "-"
    let queries = try model.queries()
    let file = PredictionFile(path: path, format: try RowFormat(of: path, output.format))
    do {
      let (predicted, refused) = try file.write(
        of: pairs, by: queries, LaterRatings(than: model, in: store))
      StandardError.write(
        "predicted \(predicted) of \(predicted + refused) pairs"
          + (path == "-" ? "\n" : " to \(path)\n"))
    } catch let error as RecommendingError {
      throw CommandFailure(error.problem, remedy: error.withCommands.remedy)
    } catch let error as RatingsFileError {
      throw CommandFailure("\(error.place): \(error.problem)", remedy: error.remedy)
    }
  }
}
