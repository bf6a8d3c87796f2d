import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment

/// A store in its own folder, and imports into it.
struct ImportFixture {
  let folder: TemporaryFolder
  let store: SQLiteStore

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("latent.sqlite"))
  }

  /// Imports a ratings file for each text, and an items file if given.
  @discardableResult
  func run(
    _ texts: String..., items: String? = nil, options: RatingsFileOptions = RatingsFileOptions(),
    _ change: (inout RatingsImport) -> Void = { _ in }
  ) throws -> ImportOutcome {
    let inputs = try texts.enumerated().map { number, text in
      RatingsImport.RatingsInput(
        path: try folder.write(text, to: "ratings-\(number).csv"), options: options)
    }
    let itemsInputs = try items.map {
      [RatingsImport.ItemsInput(path: try folder.write($0, to: "items.csv"))]
    }
    var importing = RatingsImport(ratings: inputs, items: itemsInputs ?? [])
    change(&importing)
    return try importing.run(into: store)
  }

  /// Returns all ratings of the store, by user and item.
  func all() throws -> [Rating] {
    var ratings: [Rating] = []
    try store.readRatings(from: .table, batchSize: 100) { batch in
      for position in 0..<batch.count { ratings.append(batch[position]) }
    }
    return ratings.sorted { ($0.user, $0.item) < ($1.user, $1.item) }
  }
}
