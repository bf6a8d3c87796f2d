import ArgumentParser
import Foundation
import Ratings

/// `latent-bench ratings`: writes synthetic ratings to a file, for stores and peers.
struct WrittenRatings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratings",
    abstract: "Writes made-up ratings as CSV to standard output.",
    discussion: """
      Ratings with times come in random order, a few users and items having most of them, unless told otherwise in \
      the shape of the Netflix Prize. Pairs that come twice count once in a store: of 112,000,000 ratings in that \
      shape some 100,000,000 are left. Into a store: latent-bench ratings | latent import - --store \
      sqlite:FILE.
      """)

  @Option(help: "Ratings.")
  var ratings = 112_000_000

  @Option(help: "Users.")
  var users = TrainingMemory.usualSize.users

  @Option(help: "Items.")
  var items = TrainingMemory.usualSize.items

  @Option(help: "What the ratings follow from.")
  var seed: UInt64 = 0

  func validate() throws {
    guard ratings >= 1, users >= 1, items >= 1 else {
      throw ValidationError("numbers are at least 1")
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
