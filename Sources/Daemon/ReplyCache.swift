import LineProtocol
import NIOCore

/// Encoded answers by request, for one event loop and one version of the model: asking the same
/// again costs a copy.
///
/// A request's place follows from a hash of its bytes: a set of four entries, of which the one that
/// was used longest ago gives way. Memory is bounded by the number of entries and, for keys and
/// answers together, by a number of bytes. Looking up and inserting are O(request + answer).
struct ReplyCache {
  private static let entriesPerSet = 4
  /// What an entry takes besides the bytes of its request and its answer.
  private static let entryOverhead = 160
  /// What an entry is taken to need when the number of entries is chosen.
  private static let typicalEntryBytes = 512
  /// Longer answers are not kept: they would drive many others out.
  private static let replyLimit = 16_384

  private struct Entry {
    var hash: UInt64 = 0
    var form = ReplyForm.json
    var lastUse: UInt32 = 0
    var requestBytes: [UInt8] = []
    var requestEnds: [Int] = []
    var reply: [UInt8] = []

    /// What the entry counts for; an empty one for nothing.
    var byteCount: Int {
      reply.isEmpty ? 0 : requestBytes.count + 8 * requestEnds.count + reply.count + entryOverhead
    }
  }

  private let byteLimit: Int
  private let setMask: Int
  private var entries: [Entry]
  private var byteCount = 0
  /// Counts uses; compared modulo its range.
  private var clock: UInt32 = 0
  /// The next entry to look at for one to remove when there are too many bytes.
  private var hand = 0

  /// An empty cache that keeps at most `byteLimit` bytes; 0 keeps none.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
    var setCount = 1
    while setCount * 2 * Self.entriesPerSet * Self.typicalEntryBytes <= byteLimit { setCount *= 2 }
    setMask = setCount - 1
    entries = []
  }

  /// Forgets all answers: another model is in service.
  mutating func removeAll() {
    entries = []
    byteCount = 0
  }

  /// Writes the answer kept for `request` in `form` to `buffer`, and answers whether there is one.
  mutating func write(
    answerTo request: Request, as form: ReplyForm, to buffer: inout ByteBuffer
  ) -> Bool {
    guard !entries.isEmpty else { return false }
    let hash = Self.hash(request, form)
    let start = setStart(hash)
    for position in start..<start + Self.entriesPerSet
    where entries[position].hash == hash && entries[position].form == form {
      guard entries[position].requestBytes == request.bytes,
        entries[position].requestEnds == request.ends
      else { continue }
      clock &+= 1
      entries[position].lastUse = clock
      buffer.writeBytes(entries[position].reply)
      return true
    }
    return false
  }

  /// Keeps `reply` as the answer to `request` in `form`, which is not kept yet.
  mutating func insert(
    _ reply: ByteBufferView, for request: Request, as form: ReplyForm
  ) {
    guard byteLimit > 0, reply.count <= Self.replyLimit else { return }
    if entries.isEmpty {
      entries = Array(repeating: Entry(), count: (setMask + 1) * Self.entriesPerSet)
    }
    let hash = Self.hash(request, form)
    let start = setStart(hash)
    clock &+= 1
    var oldest = start
    for position in start..<start + Self.entriesPerSet {
      if entries[position].reply.isEmpty {
        oldest = position
        break
      }
      if clock &- entries[position].lastUse > clock &- entries[oldest].lastUse { oldest = position }
    }
    remove(oldest)
    entries[oldest] = Entry(
      hash: hash, form: form, lastUse: clock, requestBytes: request.bytes,
      requestEnds: request.ends, reply: Array(reply))
    byteCount += entries[oldest].byteCount
    while byteCount > byteLimit {
      remove(hand)
      hand = (hand + 1) % entries.count
    }
  }

  private mutating func remove(_ position: Int) {
    byteCount -= entries[position].byteCount
    entries[position] = Entry()
  }

  private func setStart(_ hash: UInt64) -> Int {
    (Int(truncatingIfNeeded: hash >> 32) & setMask) * Self.entriesPerSet
  }

  /// Eight bytes at a time, each folded in by a wide multiplication (after wyhash). Not seeded:
  /// requests made to collide only drive each other out.
  private static func hash(_ request: Request, _ form: ReplyForm) -> UInt64 {
    var hash = mix(UInt64(request.bytes.count) ^ 0xA076_1D64_78BD_642F, UInt64(form.rawValue))
    request.bytes.withUnsafeBytes { bytes in
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
      hash = mix(hash, rest)
    }
    for end in request.ends { hash = mix(hash, UInt64(end)) }
    return hash
  }

  private static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    let product = (hash ^ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(
      by: value ^ 0x8EBC_6AF0_9C88_C6E3)
    return product.high ^ product.low
  }
}
