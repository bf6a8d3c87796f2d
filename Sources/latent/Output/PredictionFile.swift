import Errors
import Learning
import Ratings
import RatingsFiles
import Recommenders

/// Writes what a model expects of pairs of users and items, which a file holds, as they are read.
struct PredictionFile {
  private static let columns: [ResultTable.Column] = [
    "user", "item", .title, "prediction", "low", "high", "reason",
  ]
  /// Bytes that are written at a time.
  private static let pieceByteCount = 1 << 16

  let path: String
  let format: RowFormat
  /// Those of the store: who was forgotten there gets no predictions.
  let people: StoredPeople?

  /// Writes a row for each pair in the file at `pairsPath`: what is expected, or the reason why nothing is.
  /// Returns how many rows have which. Interrupted, or where reading or writing fails, it leaves no file.
  func write(
    of pairsPath: String, by queries: RecommenderQueries
  ) throws -> (predicted: Int, refused: Int) {
    let interruption = Interruption()
    defer { withExtendedLifetime(interruption) {} }
    var pairs = try PairsFile(path: pairsPath)
    let file = try OutputFile(path)
    var counts = (predicted: 0, refused: 0)
    var bytes = format.header(Self.columns)
    reading: while true {
      guard !interruption.flag.isCancelled else {
        throw CommandFailure("interrupted: \(path) is not written", remedy: "Run it again.")
      }
      let row: [ResultTable.Cell]
      switch try pairs.next() {
      case .end: break reading
      case .badLine(let error):
        counts.refused += 1
        row = [.missing, .missing, .missing, .missing, .missing, .missing, .text("\(error)")]
      case .pair(let user, let item):
        func refused(_ reason: String) -> [ResultTable.Cell] {
          counts.refused += 1
          return [.text(user), .text(item), .missing, .missing, .missing, .missing, .text(reason)]
        }
        do throws(RecommendingError) {
          let prediction = try queries.predict(user: user, item: item)
          if let people, people.forgotten.contains(prediction.user) {
            row = refused("user \(user) was forgotten in \(people.name)")
          } else {
            row = Self.row(prediction)
            counts.predicted += 1
          }
        } catch {
          switch error.code {
          case .unknownUser:
            row = refused("\(error.problem); --user goes by later ratings, --pairs does not")
          case .unknownItem, .invalidIdentifier: row = refused(error.problem)
          default: throw error
          }
        }
      }
      format.append(row, of: Self.columns, to: &bytes)
      if bytes.count >= Self.pieceByteCount {
        try file.write(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    try file.write(bytes)
    try file.finish()
    return counts
  }

  private static func row(_ prediction: Prediction) -> [ResultTable.Cell] {
    let interval = prediction.interval
    return [
      .identifier(prediction.user), .identifier(prediction.item), .optional(prediction.title),
      .score(prediction.rating), interval.map { .score($0.lowerBound) } ?? .missing,
      interval.map { .score($0.upperBound) } ?? .missing, .missing,
    ]
  }
}
