import Errors
import Ratings

/// Brings ratings into the order of their pairs of user and item, each pair once: repeats can be put
/// together whatever lies between them, and a store takes in what comes in its own order fastest.
///
/// Memory is bounded by the batches it is given: each is sorted on its own, on another thread while the
/// next is read, and when there are several they are kept in a temporary file and merged from there, again
/// on another thread while the batches so far are written. Time is that of sorting, n log n.
final class RatingSorter {
  private let userType: IdentifierType
  private let itemType: IdentifierType
  private let rule: RepeatRule
  /// What errors about the temporary file name.
  private let name: String
  /// The run of the last batch, which may still be in the making.
  private var lastRun: BackgroundValue<[UInt8]>?
  private var file: TemporaryFile?
  /// Where the runs stand in the file, in the order in which their ratings came.
  private var runs: [Range<Int>] = []
  /// How many ratings came.
  private(set) var count = 0

  /// How many batches may wait to be written.
  private static let batchesAhead = 2

  /// An empty sorter of ratings from the files called `name`.
  init(
    userType: IdentifierType, itemType: IdentifierType, rule: RepeatRule, name: String
  ) {
    self.userType = userType
    self.itemType = itemType
    self.rule = rule
    self.name = name
  }

  /// Takes ratings, which come behind those that came before.
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

  /// Hands over what the pairs come to, in their order, in batches of at most `batchSize`, and returns how
  /// many ratings went up in others. Throws where the rule does not allow what there is, and what `body`
  /// throws. The sorter is empty then.
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
