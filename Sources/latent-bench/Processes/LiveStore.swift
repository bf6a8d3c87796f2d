import Foundation
import Ratings

/// Stores of ratings for daemons that keep what clients leave.
enum LiveStore {
  /// Makes the store at `location` with `ratings`, as a user does.
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

  /// Makes the store at `location` with one rating, by which it knows what ids are like.
  static func makeNearlyEmpty(at location: String) throws {
    try make(at: location, [Rating(user: UserID(Int64.max), item: ItemID(0), value: 1, time: .now)])
  }
}
