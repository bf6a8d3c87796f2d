import ArgumentParser
import Foundation
import Interactions
import Ratings
import RatingsFiles
import RatingsSQLite

/// The ratings to measure on: from a file, or synthetic.
struct RatingsArgument: ParsableArguments {
  @Argument(
    help: "A file of ratings, or a MovieLens folder; none with --synthetic.", completion: .file())
  var ratings: String?

  @Option(help: ArgumentHelp("Generate this many ratings instead.", valueName: "count"))
  var synthetic: Int?

  func validate() throws {
    guard (ratings == nil) != (synthetic == nil) else {
      throw ValidationError("Give either a file of ratings or --synthetic.")
    }
    guard synthetic ?? 100 >= 100 else {
      throw ValidationError("--synthetic must be at least 100.")
    }
  }

  /// Reads the ratings as training does. A file is first imported into a store in `folder`, as `latent import` does.
  func readTable(_ folder: ScratchFolder) throws -> InteractionTable {
    var builder = InteractionTableBuilder()
    if let synthetic {
      try SyntheticRatings.likeMovieLens(count: synthetic).forEachBatch { try builder.append($0) }
    } else if let ratings {
      let store = SQLiteStore(path: folder.path("ratings.sqlite"))
      _ = try store.migrate()
      _ = try RatingsImport(ratings: [try input(ratings)]).run(into: store)
      try store.readRatings(from: .table) { try builder.append($0) }
    }
    return builder.finish()
  }

  private func input(_ path: String) throws -> RatingsImport.RatingsInput {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { return RatingsImport.RatingsInput(path: path) }
    let folder = try MovieLensFolder(path: path)
    return RatingsImport.RatingsInput(path: folder.ratingsPath, options: folder.ratingsOptions)
  }
}

extension InteractionTable {
  /// Writes the ratings for a peer: user, item, rating.
  func write(to path: String) throws {
    var file = try CSVFile(path: path, header: "user,item,rating")
    for position in 0..<count {
      try file.write([
        identifier(of: UserIndex(users[position])).description,
        identifier(of: ItemIndex(items[position])).description,
        String(values[position]),
      ])
    }
    try file.finish()
  }
}
