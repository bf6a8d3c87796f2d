import BitCollections
import Errors
import Learning
import Ratings
import RatingsFiles
import Recommenders

/// Writes predictions for the pairs of users and items in a file, as they are read.
struct PredictionFile {
  private static let columns: [ResultTable.Column] = [
    "user", "item", .title, "prediction", "low", "high", "reason",
  ]
  /// The number of bytes to write at a time.
  private static let pieceByteCount = 1 << 16

  let path: String
  let format: RowFormat

  /// Writes a row for each pair in the file at `pairsPath`, with the prediction, using `later` ratings if there are
  /// any, or the reason why there is none. Returns the numbers of both. Leaves no file if it is interrupted, or if
  /// reading or writing fails.
  func write(
    of pairsPath: String, by queries: RecommenderQueries, _ later: LaterRatings
  ) throws -> (predicted: Int, refused: Int) {
    let interruption = Interruption()
    defer { withExtendedLifetime(interruption) {} }
    var pairs = try PairsFile(path: pairsPath)
    let file = try OutputFile(path)
    var users = PredictedUsers(queries: queries, later: later)
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
          let prediction = try queries.predict(for: users.user(user), item: item)
          row = Self.row(prediction)
          counts.predicted += 1
        } catch {
          switch error.code {
          case .unknownUser, .unknownItem, .invalidIdentifier: row = refused(error.problem)
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
    later.notes.finish()
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

/// A cache of the users of pairs with bounded memory: a bit for each user whose ratings the model has all learned from,
/// and up to ``limit`` other users.
private struct PredictedUsers {
  /// The maximum number of cached users who are folded in, or can't be.
  private static let limit = 1024

  let queries: RecommenderQueries
  let later: LaterRatings
  private var learned = BitSet()
  private var others: [UserID: Result<PredictedUser, RecommendingError>] = [:]

  init(queries: RecommenderQueries, later: LaterRatings) {
    (self.queries, self.later) = (queries, later)
  }

  mutating func user(_ text: String) throws(RecommendingError) -> PredictedUser {
    let row = queries.model.user(reading: text)?.position
    if let row, learned.contains(row) { return try queries.predictedUser(text) }
    // A text that is not an id of the model's type is not a user's, and is not cached.
    let id = UserID(text, as: queries.model.users.type)
    if let id, let other = others[id] { return try other.get() }
    var isLearned = false
    let user: Result<PredictedUser, RecommendingError>
    do throws(RecommendingError) {
      user = .success(
        try later.answer(of: text, queries) { _ throws(RecommendingError) in
          isLearned = true
          return try queries.predictedUser(text)
        } byRatings: { ratings throws(RecommendingError) in
          guard !ratings.isEmpty else { throw Self.forgotten(text, in: later.people?.name ?? "") }
          return try queries.predictedUser(text, of: ratings)
        })
    } catch {
      user = .failure(error)
    }
    if isLearned, let row {
      learned.insert(row)
    } else if let id {
      if others.count >= Self.limit { others.removeAll(keepingCapacity: true) }
      others[id] = user
    }
    return try user.get()
  }

  private static func forgotten(_ user: String, in store: String) -> RecommendingError {
    RecommendingError(
      .unknownUser, "user \(Excerpt.of(user)) was forgotten in \(store)", place: store,
      remedy: "Leave them out.")
  }
}
