import ArgumentParser
import Jobs

/// The source of content for items without ratings.
struct ColdItemOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also recommend items of the store that have no ratings, based on their content: "
        + "attributes (genres, years and other attributes in the store), or a table of vectors, such as "
        + "`latent images embed` writes.", valueName: "attributes|file"))
  private var coldItems: String?

  /// The source of the content; nil if items without ratings stay unknown to the model.
  var source: (any ItemContentSource)? {
    switch coldItems {
    case nil: nil
    case "attributes"?: AttributeContent()
    case let path?: VectorContent(path: path)
    }
  }
}
