import LineProtocol
import NIOCore

/// Encoded answers by request, for one event loop and one version of the model. Asking the same again costs a copy.
///
/// Requests and answers are stored in a ``RecordRing``, which evicts the oldest when it is full; a ``ReplyIndex`` finds
/// them by a hash of the request's bytes. A popular answer is recomputed each time the ring has gone round; in return,
/// a look-up writes nothing. Look-ups and insertions are O(request + answer). Not copyable, so that no look-up retains
/// what it reads.
struct ReplyCache: ~Copyable, Sendable {
  /// A record takes at most one part in `recordShare` of the memory, since it evicts others; in a small cache, at most
  /// `recordByteCount` bytes.
  private static let recordShare = 16
  private static let recordByteCount = 16_384

  private let byteLimit: Int
  private var index: ReplyIndex
  private var records: RecordRing

  /// Creates an empty cache of at most `byteLimit` bytes; 0 keeps nothing.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
    index = ReplyIndex(byteLimit: byteLimit / 4)
    records = RecordRing(
      byteLimit: min(byteLimit - byteLimit / 4, ReplyIndex.addressableBytes))
  }

  /// Returns an empty cache of the same size, for another model.
  func emptied() -> ReplyCache { ReplyCache(byteLimit: byteLimit) }

  /// Writes the answer kept for `request` in `form` to `buffer`, and returns the index of its command in the table.
  /// Returns `nil` if there is none that is still valid by `marks`.
  func write(
    answerTo request: Request, as form: ReplyForm, goodBy marks: UserMarks?,
    to buffer: inout ByteBuffer
  ) -> Int? {
    guard CachedReply.mayBeKept(request) else { return nil }
    var command: Int?
    _ = index.position(for: Self.hash(request, form)) { position in
      records.withRecord(at: position) { record in
        guard let reply = CachedReply.reply(in: record, to: request, as: form),
          marks?.isGood(CachedReply.mark(record)) ?? true
        else { return false }
        buffer.writeBytes(reply)
        command = CachedReply.command(record)
        return true
      }
    }
    return command
  }

  /// Keeps `reply` as the answer to `request` in `form`, which must not be kept yet, as long as `mark` is valid.
  /// `command` is the index of the command in the table.
  mutating func insert(
    _ reply: ByteBufferView, for request: Request, of command: Int, as form: ReplyForm,
    _ mark: UserMarks.Mark
  ) {
    guard byteLimit > 0,
      let byteCount = CachedReply.byteCount(
        of: reply, to: request, byteLimit: max(byteLimit / Self.recordShare, Self.recordByteCount))
    else { return }
    let hash = Self.hash(request, form)
    let position = records.append(byteCount: byteCount) { position, hash in
      index.remove(position, for: hash)
    } write: { record in
      CachedReply.write(
        reply, to: request, of: command, as: form, mark, hash: hash, over: record)
    }
    guard let position else { return }
    index.insert(position, for: hash) { records.age(of: $0) }
  }

  /// Hashes eight bytes at a time, each folded in by a wide multiplication (after wyhash). Not seeded: requests made to
  /// collide only evict each other.
  private static func hash(_ request: Request, _ form: ReplyForm) -> UInt32 {
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
      return UInt32(truncatingIfNeeded: mix(hash, rest) >> 32)
    }
  }

  private static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    let product = (hash ^ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(
      by: value ^ 0x8EBC_6AF0_9C88_C6E3)
    return product.high ^ product.low
  }
}
