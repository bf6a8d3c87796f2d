import ArgumentParser
import Foundation
import Ratings

/// `latent-bench import`: a file of ratings into a new SQLite store.
struct ImportRate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Rows a second of `latent import` into a new SQLite store, the whole program.")

  @Option(help: "Ratings in the file.")
  var ratings = 1_000_000

  @Option(help: "Runs, each into a new store.")
  var rounds = 3

  func validate() throws {
    guard ratings >= 1, rounds >= 1 else { throw ValidationError("numbers are at least 1") }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let file = folder.path("ratings.csv")
    Progress.say("writing \(ratings) ratings")
    var csv = try CSVFile(path: file, header: "user,item,rating,timestamp")
    try SyntheticRatings.likeMovieLens(count: ratings).forEachBatch { batch in
      for position in 0..<batch.count {
        let rating = batch[position]
        try csv.write([
          rating.user.description, rating.item.description, String(rating.value),
          String((rating.time?.microseconds ?? 0) / 1_000_000),
        ])
      }
    }
    try csv.finish()
    let rates = try (1...rounds).map { round in
      Progress.say("round \(round) of \(rounds)")
      let store = "sqlite:" + folder.path("store-\(round).sqlite")
      let importing = try timed {
        try ChildProgram(ChildProgram.sibling("latent"), ["import", file, "--store", store])
          .finish()
      }
      return Double(ratings) / importing.seconds
    }
    try Report(conditions: ["rows": String(ratings)])
      .write("import.sqlite", Samples(rates), unit: "rows/s")
  }
}
