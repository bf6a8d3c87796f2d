import LineProtocol
import NIOCore

/// Encoded answers by request, for one event loop and one version of the model: asking the same
/// again costs a copy.
///
/// A request's place follows from a hash of its bytes: a set of four entries, of which the one that
/// was used longest ago gives way. The four lie in 64 neighbouring bytes, and a request and its
/// answer in one run, so that a look-up waits for memory twice. Memory is bounded by the number of
/// entries and, for all records together, by a number of bytes. Looking up and inserting are
/// O(request + answer).
struct ReplyCache {
  private static let entriesPerSet = 4
  /// What a record takes besides its bytes.
  private static let recordOverhead = 64
  /// What an entry is taken to need when the number of entries is chosen.
  private static let typicalEntryBytes = 512
  /// Longer records are not kept: they would drive many others out.
  private static let recordLimit = 16_384

  private struct Entry {
    /// The lower half of the request's hash, so that few records are looked at in vain.
    var hash: UInt32 = 0
    /// When the entry was last used, by `clock`; 0 for an empty entry.
    var lastUse: UInt32 = 0
    var record = CachedReply()
  }

  private let byteLimit: Int
  private let setMask: Int
  private var entries: [Entry] = []
  private var byteCount = 0
  /// Counts uses, and is never 0; compared modulo its range.
  private var clock: UInt32 = 0
  /// The next entry to look at for one to remove when there are too many bytes.
  private var hand = 0

  /// An empty cache that keeps at most `byteLimit` bytes; 0 keeps none.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
    var setCount = 1
    while setCount * 2 * Self.entriesPerSet * Self.typicalEntryBytes <= byteLimit { setCount *= 2 }
    setMask = setCount - 1
  }

  /// Forgets all answers: another model is in service.
  mutating func removeAll() { self = ReplyCache(byteLimit: byteLimit) }

  /// Writes the answer kept for `request` in `form` to `buffer`, and answers whether there is one.
  mutating func write(
    answerTo request: Request, as form: ReplyForm, to buffer: inout ByteBuffer
  ) -> Bool {
    guard !entries.isEmpty else { return false }
    let hash = Self.hash(request, form)
    let start = setStart(hash)
    for position in start..<start + Self.entriesPerSet
    where entries[position].hash == UInt32(truncatingIfNeeded: hash)
      && entries[position].lastUse != 0
    {
      guard entries[position].record.write(ifAnswering: request, as: form, to: &buffer) else {
        continue
      }
      entries[position].lastUse = tick()
      return true
    }
    return false
  }

  /// Keeps `reply` as the answer to `request` in `form`, which is not kept yet.
  mutating func insert(_ reply: ByteBufferView, for request: Request, as form: ReplyForm) {
    guard byteLimit > 0, let record = CachedReply(reply, to: request, as: form),
      record.byteCount <= Self.recordLimit
    else { return }
    if entries.isEmpty {
      let count = (setMask + 1) * Self.entriesPerSet
      entries = Array(repeating: Entry(), count: count)
    }
    let hash = Self.hash(request, form)
    let start = setStart(hash)
    let now = tick()
    var oldest = start
    for position in start..<start + Self.entriesPerSet {
      // An empty entry is older than any.
      if entries[oldest].lastUse == 0 { break }
      if entries[position].lastUse == 0
        || now &- entries[position].lastUse > now &- entries[oldest].lastUse
      {
        oldest = position
      }
    }
    remove(oldest)
    entries[oldest] = Entry(
      hash: UInt32(truncatingIfNeeded: hash), lastUse: now, record: record)
    byteCount += record.byteCount + Self.recordOverhead
    while byteCount > byteLimit {
      remove(hand)
      hand = (hand + 1) % entries.count
    }
  }

  private mutating func remove(_ position: Int) {
    guard entries[position].lastUse != 0 else { return }
    byteCount -= entries[position].record.byteCount + Self.recordOverhead
    entries[position] = Entry()
  }

  private mutating func tick() -> UInt32 {
    clock = clock == .max ? 1 : clock + 1
    return clock
  }

  private func setStart(_ hash: UInt64) -> Int {
    (Int(truncatingIfNeeded: hash >> 32) & setMask) * Self.entriesPerSet
  }

  /// Eight bytes at a time, each folded in by a wide multiplication (after wyhash). Not seeded:
  /// requests made to collide only drive each other out.
  private static func hash(_ request: Request, _ form: ReplyForm) -> UInt64 {
    request.bytes.withUnsafeBytes { bytes in
      var hash = mix(UInt64(bytes.count) ^ 0xA076_1D64_78BD_642F, UInt64(form.rawValue))
      var position = 0
      while position + 8 <= bytes.count {
        hash = mix(hash, bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position += 8
      }
      var rest: UInt64 = 0
      while position < bytes.count {
        rest = rest << 8 | UInt64(bytes[position])
        position += 1
      }
      return mix(hash, rest)
    }
  }

  private static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    let product = (hash ^ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(
      by: value ^ 0x8EBC_6AF0_9C88_C6E3)
    return product.high ^ product.low
  }
}
