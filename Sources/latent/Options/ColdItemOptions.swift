import ArgumentParser
import Jobs

/// By what items are known that nobody has rated.
struct ColdItemOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Recommend items of the store that have no ratings, too, by what the content of rated ones says of their ratings: "
        + "attributes (genres, years and what else the store has of items), or a table of vectors, such as "
        + "`latent images embed` writes.", valueName: "attributes|file"))
  private var coldItems: String?

  /// Where the content comes from; nil where such items stay unknown.
  var source: (any ItemContentSource)? {
    switch coldItems {
    case nil: nil
    case "attributes"?: AttributeContent()
    case let path?: VectorContent(path: path)
    }
  }
}
