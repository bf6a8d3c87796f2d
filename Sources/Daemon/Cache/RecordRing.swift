/// A ring buffer of records: once it is full, new records overwrite the oldest. A record is contiguous, at a multiple
/// of ``CachedReply/alignment``.
struct RecordRing: ~Copyable, Sendable {
  private let byteLimit: Int
  private var memory: [UInt8] = []
  /// The offset of the next record.
  private var head = 0
  /// The offset of the oldest record.
  private var tail = 0
  /// Whether the oldest records are still those of the previous lap, from `tail` to `lapEnd`.
  private var isLapped = false
  private var lapEnd = 0

  /// Creates an empty ring of at most `byteLimit` bytes.
  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Calls `body` with the record at `position` and what lies behind it.
  func withRecord<Result>(
    at position: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    memory.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[position...])) }
  }

  /// Makes room for a record of `byteCount` bytes, has `write` fill it, and returns its position; `nil` if it is longer
  /// than the ring. Calls `forget` with the position and hash of each evicted record. Amortised O(byteCount).
  mutating func append(
    byteCount: Int, forget: (_ position: Int, _ hash: UInt32) -> Void,
    write: (UnsafeMutableRawBufferPointer) -> Void
  ) -> Int? {
    guard byteCount <= byteLimit else { return nil }
    if head + byteCount > byteLimit {
      // Too little is left of this lap: the rest of the previous one goes, and the next begins.
      while isLapped { forgetOldest(forget) }
      (lapEnd, head, isLapped) = (head, 0, true)
    }
    while isLapped, tail < head + byteCount { forgetOldest(forget) }
    let position = head
    head += byteCount
    // Reserved at once: the system maps pages as they are first written.
    if memory.isEmpty { memory.reserveCapacity(min(byteLimit, 1 << 30)) }
    if memory.count < head {
      memory.append(contentsOf: repeatElement(0, count: head - memory.count))
    }
    memory.withUnsafeMutableBytes {
      write(UnsafeMutableRawBufferPointer(rebasing: $0[position..<head]))
    }
    return position
  }

  /// Returns how much older the record at `position` is than the newest, in bytes.
  func age(of position: Int) -> Int {
    position < head ? head - position : head + lapEnd - position
  }

  private mutating func forgetOldest(_ forget: (_ position: Int, _ hash: UInt32) -> Void) {
    let (byteCount, hash) = withRecord(at: tail) { CachedReply.header($0) }
    forget(tail, hash)
    tail += byteCount
    if tail == lapEnd { (tail, isLapped) = (0, false) }
  }
}
