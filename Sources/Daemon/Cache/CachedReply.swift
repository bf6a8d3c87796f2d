import LineProtocol
import NIOCore

/// A request and its encoded answer in one run of bytes:
///
/// | bytes | what |
/// |---|---|
/// | 4 | length of the record, a multiple of 8 |
/// | 4 | hash of the request |
/// | 1, 1 | form of the answer, number of arguments |
/// | 2, 4 | bytes of the arguments, bytes of the answer |
/// | 2, 2, 4 | part of the users that it is about, place of the command in the table, number of the users' mark: ``UserMarks/Mark`` |
/// | 2 each | where each argument ends |
/// | | the arguments, the answer, nothing up to the length |
enum CachedReply {
  /// Records begin at multiples of so many bytes.
  static let alignment = 8
  private static let headerByteCount = 24
  /// Requests with more arguments, or longer ones, are not kept.
  private static let argumentLimit = 16
  private static let argumentByteLimit = 2048

  /// Whether an answer to `request` may be kept at all.
  static func mayBeKept(_ request: Request) -> Bool {
    request.count <= argumentLimit && request.bytes.count <= argumentByteLimit
  }

  /// How long the record would be; nil when it would be longer than `byteLimit`.
  static func byteCount(
    of reply: ByteBufferView, to request: Request, byteLimit: Int
  ) -> Int? {
    guard mayBeKept(request) else { return nil }
    let used = replyStart(request) + reply.count
    let byteCount = (used + alignment - 1) / alignment * alignment
    return byteCount <= byteLimit ? byteCount : nil
  }

  /// Writes the record over all of `record`, which has the length that
  /// ``byteCount(of:to:)`` tells.
  static func write(
    _ reply: ByteBufferView, to request: Request, of command: Int, as form: ReplyForm,
    _ mark: UserMarks.Mark, hash: UInt32, over record: UnsafeMutableRawBufferPointer
  ) {
    record.storeBytes(of: UInt32(record.count), as: UInt32.self)
    record.storeBytes(of: hash, toByteOffset: 4, as: UInt32.self)
    record[8] = form.rawValue
    record[9] = UInt8(request.count)
    record.storeBytes(of: UInt16(request.bytes.count), toByteOffset: 10, as: UInt16.self)
    record.storeBytes(of: UInt32(reply.count), toByteOffset: 12, as: UInt32.self)
    record.storeBytes(of: mark.part, toByteOffset: 16, as: UInt16.self)
    record.storeBytes(of: UInt16(command), toByteOffset: 18, as: UInt16.self)
    record.storeBytes(of: mark.number, toByteOffset: 20, as: UInt32.self)
    var position = headerByteCount
    for end in request.ends {
      record.storeBytes(of: UInt16(end), toByteOffset: position, as: UInt16.self)
      position += 2
    }
    let argumentsEnd = position + request.bytes.count
    record[position..<argumentsEnd].copyBytes(from: request.bytes)
    record[argumentsEnd..<argumentsEnd + reply.count].copyBytes(from: reply)
  }

  /// The mark that the answer in the record at the start of `bytes` is good by.
  static func mark(_ bytes: UnsafeRawBufferPointer) -> UserMarks.Mark {
    UserMarks.Mark(
      part: bytes.load(fromByteOffset: 16, as: UInt16.self),
      number: bytes.load(fromByteOffset: 20, as: UInt32.self))
  }

  /// The place in the table of the command that the record at the start of `bytes` answers.
  static func command(_ bytes: UnsafeRawBufferPointer) -> Int {
    Int(bytes.load(fromByteOffset: 18, as: UInt16.self))
  }

  /// The length of the record at the start of `bytes`, and the hash of its request.
  static func header(_ bytes: UnsafeRawBufferPointer) -> (byteCount: Int, hash: UInt32) {
    (Int(bytes.load(as: UInt32.self)), bytes.load(fromByteOffset: 4, as: UInt32.self))
  }

  /// The answer in the record at the start of `bytes`, if it is the one to `request` in `form`.
  static func reply(
    in bytes: UnsafeRawBufferPointer, to request: Request, as form: ReplyForm
  ) -> UnsafeRawBufferPointer? {
    guard bytes[8] == form.rawValue, Int(bytes[9]) == request.count,
      Int(bytes.load(fromByteOffset: 10, as: UInt16.self)) == request.bytes.count
    else { return nil }
    var position = headerByteCount
    for end in request.ends {
      guard Int(bytes.load(fromByteOffset: position, as: UInt16.self)) == end else { return nil }
      position += 2
    }
    let start = position + request.bytes.count
    let arguments = UnsafeRawBufferPointer(rebasing: bytes[position..<start])
    guard request.bytes.withUnsafeBytes({ $0.elementsEqual(arguments) }) else { return nil }
    let length = Int(bytes.load(fromByteOffset: 12, as: UInt32.self))
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
  }

  private static func replyStart(_ request: Request) -> Int {
    headerByteCount + 2 * request.count + request.bytes.count
  }
}
