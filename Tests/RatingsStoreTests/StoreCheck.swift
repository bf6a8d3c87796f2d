import Errors
import Ratings
import Testing

/// A requirement for every store. The list of all checks is run against each store.
struct StoreCheck: Sendable, CustomTestStringConvertible {
  let name: String
  /// Runs the check against a new store that has been migrated and is otherwise empty.
  let run: @Sendable (any StoreFixture) throws -> Void

  init(_ name: String, _ run: @escaping @Sendable (any StoreFixture) throws -> Void) {
    self.name = name
    self.run = run
  }

  var testDescription: String { name }

  static let all =
    migrating + writing + batches + settings + reading + listing + items + removing + queries
    + sessions + userLookups + concurrency
}

/// A new store, and operations for tests besides the store's own methods.
protocol StoreFixture {
  var store: any RatingsStore { get }
  /// Runs SQL in the same database, as its owner would with other tools.
  func execute(_ sql: String) throws
  /// Returns the rows of a query in the same database, each cell as text.
  func rows(_ sql: String) throws -> [[String?]]
  /// Returns the result of `body`, called while nothing else changed what the store's sessions watch; nil if there was
  /// no such time.
  func undisturbed<Result>(_ body: () throws -> Result) throws -> Result?
  /// The prefix of the names of Latent's tables.
  var schema: String { get }
}

extension StoreFixture {
  /// Writes ratings in one batch. The first one determines the types.
  @discardableResult
  func write(_ ratings: [Rating]) throws -> WriteTally {
    let first = try #require(ratings.first)
    return try store.write { writer in
      try writer.fixTypes(user: first.user.type, item: first.item.type)
      return try writer.upsert(RatingBatch(ratings))
    }
  }

  /// The recorded training runs, the newest first.
  func runs() throws -> [[String?]] {
    try rows(
      "select model_name, version, outcome, started_at, record from \(schema)training_run "
        + "order by run_id desc")
  }

  /// Returns the number of ratings.
  func ratingCount() throws -> Int { try readAll().count }

  /// Returns the number of items with a title or attributes.
  func describedItemCount() throws -> Int {
    var count = 0
    try store.readItems { _ in count += 1 }
    return count
  }

  /// Returns all ratings, ordered by user and item.
  func readAll(_ source: RatingsSource = .table, batchSize: Int = 1000) throws -> [Rating] {
    var ratings: [Rating] = []
    try store.readRatings(from: source, batchSize: batchSize) { batch in
      #expect(batch.count > 0 && batch.count <= batchSize)
      for position in 0..<batch.count { ratings.append(batch[position]) }
    }
    return ratings.sorted { ($0.user, $0.item) < ($1.user, $1.item) }
  }
}

extension RatingBatch {
  /// Creates a batch of `ratings`, which must not be empty and must have ids of one type.
  init(_ ratings: [Rating]) {
    self.init(userType: ratings[0].user.type, itemType: ratings[0].item.type)
    for rating in ratings { append(rating) }
  }
}

extension Rating {
  /// Creates a rating with integer ids; the time is in microseconds.
  init(_ user: Int64, _ item: Int64, _ value: Float, at time: Int64? = nil) {
    self.init(
      user: UserID(user), item: ItemID(item), value: value,
      time: time.map(Timestamp.init(microseconds:)))
  }

  /// Creates a rating with text ids; the time is in microseconds.
  init(_ user: String, _ item: String, _ value: Float, at time: Int64? = nil) {
    self.init(
      user: UserID(user), item: ItemID(item), value: value,
      time: time.map(Timestamp.init(microseconds:)))
  }
}

/// Returns the code of the ``StoreError`` that `body` throws, or nil if it throws none.
func code(of body: () throws -> Void) -> StoreErrorCode? { storeError(of: body)?.code }

/// Returns the ``StoreError`` that `body` throws, or nil if it throws none.
func storeError(of body: () throws -> Void) -> StoreError? {
  do {
    try body()
  } catch {
    return error as? StoreError
  }
  return nil
}
