import Errors
import Ratings

/// Merges sorted runs of ratings, and the ratings of each pair.
struct RunMerge: Sendable {
  /// The location of the runs.
  enum Source: Sendable {
    case none
    case memory([UInt8])
    /// In byte ranges of a file, in arrival order of their ratings.
    case file(SealedFile, [Range<Int>])
  }

  let source: Source
  let userType: IdentifierType
  let itemType: IdentifierType
  let rule: RepeatRule
  /// The name in errors: the files that the ratings are from.
  let name: String

  /// The maximum memory for runs, in bytes.
  private static let memory = 64 << 20

  private var readers: [SortedRun] {
    switch source {
    case .none: []
    case .memory(let run): [SortedRun(run, userType: userType, itemType: itemType)]
    case .file(let file, let runs):
      runs.map { range in
        SortedRun(
          file, range, memory: max(4 * SortedRun.rowByteLimit, Self.memory / runs.count),
          userType: userType, itemType: itemType)
      }
    }
  }

  /// Passes the merged ratings to `body`, sorted by pair, in batches of at most `size`. Throws if the rule
  /// forbids a repeat, and what `body` throws. The runs form a heap ordered by their current rows.
  func forEachBatch(of size: Int, _ body: (RatingBatch) throws -> Void) throws {
    var readers = readers
    for position in readers.indices { try readers[position].next() }
    let isText = userType == .text || itemType == .text
    // Kept apart from the readers: the keys alone order most rows, and access to them is cheap.
    var keys = readers.map(\.keys)
    var heap = (0..<readers.count).filter { !readers[$0].isAtEnd }
    // Runs hold their ratings in line order, so of equal pairs the earlier run's come first.
    func precedes(_ left: Int, _ right: Int) -> Bool {
      let (leftKeys, rightKeys) = (keys[left], keys[right])
      if leftKeys.user != rightKeys.user { return leftKeys.user < rightKeys.user }
      guard isText else {
        return leftKeys.item != rightKeys.item ? leftKeys.item < rightKeys.item : left < right
      }
      switch readers[left].order(against: readers[right]) {
      case .less: return true
      case .greater: return false
      case .equal: return left < right
      }
    }
    func siftDown(_ start: Int) {
      var parent = start
      while true {
        var least = parent
        for child in 2 * parent + 1..<2 * parent + 3 where child < heap.count {
          if precedes(heap[child], heap[least]) { least = child }
        }
        if least == parent { return }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    for start in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(start) }
    var pairs = PairGatherer(self)
    while let first = heap.first {
      let state = readers[first].state
      if let pair = pairs.pair, keys[first] == pair.keys,
        !isText || readers[first].isAt(pair)
      {
        pairs.add(state)
      } else {
        let pair =
          isText ? readers[first].pair : SortedRun.Pair(keys: keys[first], user: nil, item: nil)
        try pairs.begin(pair, state, batchSize: size, body)
      }
      try readers[first].next()
      keys[first] = readers[first].keys
      if readers[first].isAtEnd {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
      }
      if heap.count > 1 { siftDown(0) }
    }
    try pairs.finish(body)
  }
}

/// Merges ratings that arrive sorted by pair, and gathers them into batches.
private struct PairGatherer {
  private let merge: RunMerge
  private var batch: RatingBatch
  private var rating: RepeatedRating?
  /// The pair whose ratings are being merged.
  private(set) var pair: SortedRun.Pair?

  init(_ merge: RunMerge) {
    self.merge = merge
    batch = RatingBatch(userType: merge.userType, itemType: merge.itemType)
  }

  /// Adds another rating of the pair.
  mutating func add(_ state: RatingState) { rating?.add(state) }

  /// Starts the next pair with its first rating.
  mutating func begin(
    _ next: SortedRun.Pair, _ state: RatingState, batchSize: Int,
    _ body: (RatingBatch) throws -> Void
  ) throws {
    try closePair()
    if batch.count >= batchSize { try hand(to: body) }
    pair = next
    rating = RepeatedRating(state, merge.rule)
  }

  mutating func finish(_ body: (RatingBatch) throws -> Void) throws {
    try closePair()
    if batch.count > 0 { try hand(to: body) }
  }

  private mutating func hand(to body: (RatingBatch) throws -> Void) rethrows {
    let full = batch
    batch = RatingBatch(userType: merge.userType, itemType: merge.itemType)
    try body(full)
  }

  private mutating func closePair() throws(RatingsFileError) {
    guard let pair, let rating else { return }
    guard let state = rating.state else { throw failure(pair, .repeated, rating) }
    guard state.value.isFinite else { throw failure(pair, .notFinite, rating) }
    pair.append(to: &batch)
    batch.values.append(state.value)
    batch.times.append(state.time)
  }

  private func failure(
    _ pair: SortedRun.Pair, _ code: RatingsFileErrorCode, _ rating: RepeatedRating
  ) -> RatingsFileError {
    let what =
      "user \(pair.userText) and item \(pair.itemText) occur together \(rating.count) times"
    return code == .repeated
      ? RatingsFileError(
        code, "\(what): nothing was imported", place: FilePlace(file: merge.name),
        remedy: "Keep one of them, or specify how to combine them: "
          + RepeatRule.list(but: .error)
          + ".")
      : RatingsFileError(
        code, "\(what), and their \(merge.rule.rawValue) overflows a 32-bit float",
        place: FilePlace(file: merge.name),
        remedy: "Check the column of values, or choose another rule.")
  }
}
