import Errors
import Ratings
import Testing

/// One thing that every store must do. The list of all is run against each store.
struct StoreCheck: Sendable, CustomTestStringConvertible {
  let name: String
  /// Runs against a new store that has been migrated and is otherwise empty.
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

/// A new store and what tests do to it beside its own methods.
protocol StoreFixture {
  var store: any RatingsStore { get }
  /// Runs SQL in the same database, as its owner would with other tools.
  func execute(_ sql: String) throws
  /// The rows that a query of the same database returns, each cell as text.
  func rows(_ sql: String) throws -> [[String?]]
  /// What the names of Latent's tables begin with.
  var schema: String { get }
}

extension StoreFixture {
  /// Writes ratings in one batch, fixing the types by the first of them.
  @discardableResult
  func write(_ ratings: [Rating]) throws -> WriteTally {
    let first = try #require(ratings.first)
    return try store.write { writer in
      try writer.fixTypes(user: first.user.type, item: first.item.type)
      return try writer.upsert(RatingBatch(ratings))
    }
  }

  /// The training runs that are kept, the newest first.
  func runs() throws -> [[String?]] {
    try rows(
      "select model_name, version, outcome, started_at, record from \(schema)training_run "
        + "order by run_id desc")
  }

  /// The number of ratings.
  func ratingCount() throws -> Int { try readAll().count }

  /// The number of items with a title or attributes.
  func describedItemCount() throws -> Int {
    var count = 0
    try store.readItems { _ in count += 1 }
    return count
  }

  /// All ratings, in the order of user and item.
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
  /// A batch of `ratings`, which are of one type and not empty.
  init(_ ratings: [Rating]) {
    self.init(userType: ratings[0].user.type, itemType: ratings[0].item.type)
    for rating in ratings { append(rating) }
  }
}

extension Rating {
  /// A rating with integer ids; the time in microseconds.
  init(_ user: Int64, _ item: Int64, _ value: Float, at time: Int64? = nil) {
    self.init(
      user: UserID(user), item: ItemID(item), value: value,
      time: time.map(Timestamp.init(microseconds:)))
  }

  /// A rating with text ids; the time in microseconds.
  init(_ user: String, _ item: String, _ value: Float, at time: Int64? = nil) {
    self.init(
      user: UserID(user), item: ItemID(item), value: value,
      time: time.map(Timestamp.init(microseconds:)))
  }
}

/// The code of the ``StoreError`` that `body` throws; nil when it throws none.
func code(of body: () throws -> Void) -> StoreErrorCode? { storeError(of: body)?.code }

/// The ``StoreError`` that `body` throws; nil when it throws none.
func storeError(of body: () throws -> Void) -> StoreError? {
  do {
    try body()
  } catch {
    return error as? StoreError
  }
  return nil
}
