import Errors
import Ratings

/// An external merge sort of ratings by pair of user and item, which also merges repeats. Repeats can then be
/// merged however far apart they are, and stores are fastest at writing in their own order.
///
/// Memory is bounded by the batch size. Each batch is sorted on another thread while the next one is read.
/// Several batches are written to a temporary file and merged from there, again on another thread, while the
/// merged batches are written to the store. Takes O(n log n) time.
final class RatingSorter {
  private let userType: IdentifierType
  private let itemType: IdentifierType
  private let rule: RepeatRule
  /// The name in errors about the temporary file.
  private let name: String
  /// The run of the last batch, which may still be in progress.
  private var lastRun: BackgroundValue<[UInt8]>?
  private var file: TemporaryFile?
  /// The byte ranges of the runs in the file, in arrival order of their ratings.
  private var runs: [Range<Int>] = []
  /// The number of ratings added.
  private(set) var count = 0

  /// The maximum number of batches waiting to be written.
  private static let batchesAhead = 2

  /// Creates an empty sorter for ratings from the files called `name`.
  init(
    userType: IdentifierType, itemType: IdentifierType, rule: RepeatRule, name: String
  ) {
    self.userType = userType
    self.itemType = itemType
    self.rule = rule
    self.name = name
  }

  /// Adds ratings, which follow those added before.
  func add(_ batch: borrowing RatingBatch) throws(RatingsFileError) {
    guard batch.count > 0 else { return }
    try keepLastRun()
    count += batch.count
    let batch = copy batch
    lastRun = BackgroundValue { SortedRun.encoded(batch) }
  }

  /// Moves the last run to the file.
  private func keepLastRun() throws(RatingsFileError) {
    guard let lastRun else { return }
    self.lastRun = nil
    let run = lastRun.take()
    let file = if let file { file } else { try TemporaryFile(purpose: .sorting, name: name) }
    self.file = file
    let start = file.byteCount
    try file.append(run[...])
    runs.append(start..<file.byteCount)
  }

  /// Passes the merged ratings to `body`, sorted by pair, in batches of at most `batchSize`. Returns the
  /// number of ratings merged into others. Throws if the rule forbids a repeat, and what `body` throws.
  /// Empties the sorter.
  func finish(batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void) throws -> Int {
    var source = RunMerge.Source.none
    if file != nil { try keepLastRun() }
    if let file {
      source = .file(file.sealed(), runs)
    } else if let lastRun {
      source = .memory(lastRun.take())
    }
    let merge = RunMerge(
      source: source, userType: userType, itemType: itemType, rule: rule, name: name)
    let readCount = count
    (lastRun, runs, file, count) = (nil, [], nil, 0)
    var pairCount = 0
    try BoundedQueue<RatingBatch>.run(capacity: Self.batchesAhead) { hand in
      try merge.forEachBatch(of: batchSize, hand)
    } take: { batch in
      pairCount += batch.count
      try body(batch)
    }
    return readCount - pairCount
  }
}
