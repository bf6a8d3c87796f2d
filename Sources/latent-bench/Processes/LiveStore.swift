import Foundation
import Ratings

/// Ratings stores for daemons that store ratings from their clients.
enum LiveStore {
  /// Creates the store at `location` with `ratings`, as a user does.
  static func make(at location: String, _ ratings: some Sequence<Rating>) throws {
    let folder = try ScratchFolder()
    let path = folder.path("ratings.csv")
    var file = try CSVFile(path: path, header: CSVFile.ratingsHeader)
    for rating in ratings { try file.write(rating) }
    try file.finish()
    _ = try ChildProgram(
      ChildProgram.sibling("latent"), ["import", path, "--store", location]
    ).finish()
  }

  /// Creates the store at `location` with one rating, from which it knows the types of ids.
  static func makeNearlyEmpty(at location: String) throws {
    try make(at: location, [Rating(user: UserID(Int64.max), item: ItemID(0), value: 1, time: .now)])
  }
}
