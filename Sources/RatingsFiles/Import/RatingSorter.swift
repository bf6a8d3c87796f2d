import Errors
import Ratings

/// Brings ratings into the order of their pairs of user and item, each pair once: repeats can be put
/// together whatever lies between them, and a store takes in what comes in its own order fastest.
///
/// Memory is bounded by the batches it is given: each is sorted on its own, and when there are several they
/// are kept in a temporary file and merged from there. Time is that of sorting, n log n.
final class RatingSorter {
  private let userType: IdentifierType
  private let itemType: IdentifierType
  private let rule: RepeatRule
  /// What errors about the temporary file name.
  private let name: String
  /// The first run while it is the only one.
  private var onlyRun: [UInt8]?
  private var file: TemporaryFile?
  /// Where the runs stand in the file, in the order in which their ratings came.
  private var runs: [Range<Int>] = []
  /// How many ratings came.
  private(set) var count = 0

  /// How many bytes of runs are in memory at the most while they are merged.
  private static let mergeMemory = 64 << 20

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
    let run = SortedRun.encoded(batch)
    let isFirst = count == 0
    count += batch.count
    if isFirst {
      onlyRun = run
      return
    }
    let file = if let file { file } else { try TemporaryFile(purpose: "to be sorted", name: name) }
    self.file = file
    if let first = onlyRun {
      try append(first, to: file)
      onlyRun = nil
    }
    try append(run, to: file)
  }

  private func append(_ run: [UInt8], to file: TemporaryFile) throws(RatingsFileError) {
    let start = file.byteCount
    try file.append(run[...])
    runs.append(start..<file.byteCount)
  }

  /// Hands over what the pairs come to, in their order, in batches of at most `batchSize`, and returns how
  /// many ratings went up in others. Throws where the rule does not allow what there is, and what `body`
  /// throws. The sorter is empty then.
  func finish(batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void) throws -> Int {
    var readers: [SortedRun] = []
    if let onlyRun {
      readers = [SortedRun(onlyRun, userType: userType, itemType: itemType)]
      self.onlyRun = nil
    } else if let file {
      let memory = max(4 * SortedRun.rowByteLimit, Self.mergeMemory / runs.count)
      readers = runs.map {
        SortedRun(file, $0, memory: memory, userType: userType, itemType: itemType)
      }
    }
    for position in readers.indices { try readers[position].next() }
    var heap = (0..<readers.count).filter { !readers[$0].isAtEnd }
    // Runs hold their ratings in the order of the lines, and of equal pairs the earlier run's come first.
    func precedes(_ left: Int, _ right: Int) -> Bool {
      switch readers[left].order(against: readers[right]) {
      case .less: true
      case .greater: false
      case .equal: left < right
      }
    }
    func siftDown(_ start: Int) {
      var parent = start
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
          if precedes(heap[child], heap[least]) { least = child }
        }
        if least == parent { return }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    for start in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(start) }
    var pairs = PairGatherer(userType: userType, itemType: itemType, rule: rule, name: name)
    while let first = heap.first {
      try pairs.take(readers[first], batchSize: batchSize, body)
      try readers[first].next()
      if readers[first].isAtEnd {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
      }
      if heap.count > 1 { siftDown(0) }
    }
    try pairs.finish(body)
    let merged = count - pairs.count
    (runs, file, count) = ([], nil, 0)
    return merged
  }
}

/// Puts ratings that come in the order of their pairs together, and gathers them into batches.
private struct PairGatherer {
  private let rule: RepeatRule
  private let name: String
  private var batch: RatingBatch
  private var pair: SortedRun.Pair?
  private var rating: RepeatedRating?
  /// How many pairs were handed over or are in the batch.
  private(set) var count = 0

  init(userType: IdentifierType, itemType: IdentifierType, rule: RepeatRule, name: String) {
    batch = RatingBatch(userType: userType, itemType: itemType)
    self.rule = rule
    self.name = name
  }

  mutating func take(
    _ run: SortedRun, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    if let pair, run.isAt(pair) {
      rating?.add(run.state)
      return
    }
    try closePair()
    if batch.count >= batchSize { try batch.flush(to: body) }
    pair = run.pair
    rating = RepeatedRating(run.state, rule)
  }

  mutating func finish(_ body: (borrowing RatingBatch) throws -> Void) throws {
    try closePair()
    try batch.flush(to: body)
  }

  private mutating func closePair() throws(RatingsFileError) {
    guard let pair, let rating else { return }
    guard let state = rating.state else { throw failure(pair, .repeated, rating) }
    guard state.value.isFinite else { throw failure(pair, .notFinite, rating) }
    pair.user.append(to: &batch.users)
    pair.item.append(to: &batch.items)
    batch.values.append(state.value)
    batch.times.append(state.time)
    count += 1
  }

  private func failure(
    _ pair: SortedRun.Pair, _ code: RatingsFileErrorCode, _ rating: RepeatedRating
  ) -> RatingsFileError {
    let what = "user \(pair.user) and item \(pair.item) come together \(rating.count) times"
    return code == .repeated
      ? RatingsFileError(
        code, "\(what): nothing was imported", place: FilePlace(file: name),
        remedy: "Leave one of them, or say what they become: "
          + RepeatRule.allCases.filter { $0 != .error }.map(\.rawValue).joined(separator: ", ")
          + ".")
      : RatingsFileError(
        code, "\(what), and their \(rule.rawValue) is beyond what a 32-bit number holds",
        place: FilePlace(file: name), remedy: "Check the column of values, or choose another rule.")
  }
}
