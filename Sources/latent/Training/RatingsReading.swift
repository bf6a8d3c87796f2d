import Errors
import Foundation
import Interactions
import Ratings
import Recommenders

/// The ratings of a store, read for training.
struct RatingsReading {
  /// The store's settings as they were.
  let settings: StoreSettings
  private var table: InteractionTable
  /// The titles that the store knows.
  let titles: [ItemID: String]
  /// Wall-clock seconds.
  let seconds: Double

  /// Reads all ratings from `source` in `store`, with times if the split needs them.
  init(
    _ store: any RatingsStore, from source: RatingsSource, keepingTimes: Bool,
    display: TrainingDisplay
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    settings = try Self.ifPrepared(source, else: StoreSettings()) { try store.settings() }
    var builder = InteractionTableBuilder(keepingTimes: keepingTimes)
    var count = 0
    try store.readRatings(from: source) { batch in
      try builder.append(batch)
      count += batch.count
      display.read(count)
    }
    table = builder.finish()
    guard table.count > 0 else {
      throw source == .table
        ? CommandFailure(
          "\(store.name) has no ratings",
          remedy: "Import some with `latent import`, or name their table with --ratings-query.")
        : CommandFailure(
          "the ratings query answers no rows in \(store.name)",
          remedy: "Run it by hand, and correct its tables and conditions.")
    }
    var titles: [ItemID: String] = [:]
    try Self.ifPrepared(source, else: ()) {
      try store.readItems { item in titles[item.id] = item.title }
    }
    self.titles = titles
    if let warning = try Self.warning(of: table, from: source, in: store) { display.warn(warning) }
    seconds = (clock.now - start) / .seconds(1)
    display.didRead(table, from: store.name, seconds: seconds)
  }

  /// What there is to say of people among the users of `table` who were forgotten; nil for nothing.
  private static func warning(
    of table: InteractionTable, from source: RatingsSource, in store: any RatingsStore
  ) throws -> String? {
    let forgotten = try ifPrepared(source, else: nil) { try store.forgottenUsers() }
    guard let forgotten, !forgotten.isEmpty else { return nil }
    let users = table.userIdentifiers
    let count = (0..<users.count).count { forgotten.contains(users.identifier(at: $0)) }
    guard count > 0 else { return nil }
    return "\(count) of the \(users.count) users \(count == 1 ? "was" : "were") forgotten, and the "
      + "model will know them again: take them out of "
      + (source == .table ? "the store with `latent forget`" : "the tables that the query reads")
  }

  /// All ratings, once: they are given away, so that they can be split without a copy.
  mutating func takeTable() -> InteractionTable {
    defer { table = InteractionTableBuilder().finish() }
    return table
  }

  /// What `body` answers, or `fallback` where a query reads other people's tables in a place that
  /// was never prepared for Latent's own.
  private static func ifPrepared<Answer>(
    _ source: RatingsSource, else fallback: Answer, _ body: () throws -> Answer
  ) throws -> Answer {
    do { return try body() } catch let error as StoreError
      where source != .table && [.notMigrated, .foreign].contains(error.code)
    {
      return fallback
    }
  }
}

extension RangeChoice {
  /// What is odd about a range that was given, for `values`; nil for nothing. Throws when no value is
  /// within it: all predictions would be wrong.
  func oddity(for values: [Float]) throws(CommandFailure) -> String? {
    guard case .given(let range) = self, let lowest = values.min(), let highest = values.max()
    else {
      return nil
    }
    guard range.lower <= highest, range.upper >= lowest else {
      throw CommandFailure(
        "--range \(range) holds none of the ratings, which go from \(lowest) to \(highest)",
        remedy: "Give one that is a little wider than they are, or leave it out.")
    }
    if range.lower > lowest || range.upper < highest {
      return "--range \(range) leaves out some of the ratings, which go from \(lowest) to "
        + "\(highest): no prediction will reach them"
    }
    if highest > lowest, range.upper - range.lower > 10 * (highest - lowest) {
      return
        "--range \(range) is far wider than the ratings, which go from \(lowest) to \(highest): "
        + "a model learns little in so narrow a part of it"
    }
    return nil
  }

  /// The range for ratings on `scale`, or with `values` where there is none; nil for no range, as
  /// where all values are the same and leave nothing to squeeze into.
  func outputRange(scale: RatingScale?, values: [Float]) -> OutputRange? {
    switch self {
    case .unbounded: return nil
    case .given(let range): return range
    case .automatic:
      let lower = scale?.minimum ?? values.min() ?? 0
      let upper = scale?.maximum ?? values.max() ?? 0
      let margin = (upper - lower) / 10
      return OutputRange(lower: lower - margin, upper: upper + margin)
    }
  }
}
