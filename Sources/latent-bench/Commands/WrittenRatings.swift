import ArgumentParser
import Foundation
import Ratings

/// `latent-bench ratings`: writes synthetic ratings to a file, for stores and peers.
struct WrittenRatings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratings",
    abstract: "Writes synthetic ratings as CSV to standard output.",
    discussion: """
      Ratings with times, in random order; a few users and items have most of them. By default \
      there are as many users and items as in the Netflix Prize. A store keeps one rating per user \
      and item: of the default 112,000,000, some 100,000,000 remain. To fill a store: latent-bench \
      ratings | latent import - --store sqlite:FILE.
      """)

  @Option(help: "The number of ratings.")
  var ratings = 112_000_000

  @Option(help: "The number of users.")
  var users = TrainingMemory.usualSize.users

  @Option(help: "The number of items.")
  var items = TrainingMemory.usualSize.items

  @Option(help: "The seed of the ratings.")
  var seed: UInt64 = 0

  func validate() throws {
    guard ratings >= 1, users >= 1, items >= 1 else {
      throw ValidationError("--ratings, --users and --items must be at least 1.")
    }
  }

  func run() throws {
    var file = CSVFile(on: .standardOutput, header: CSVFile.ratingsHeader)
    try SyntheticRatings(userCount: users, itemCount: items, count: ratings, seed: seed)
      .forEachBatch { batch in
        for position in 0..<batch.count { try file.write(batch[position]) }
      }
    try file.finish()
  }
}
