import LineProtocol
import NIOCore

/// A request and its encoded answer as one contiguous record:
///
/// | bytes | what |
/// |---|---|
/// | 4 | length of the record, a multiple of 8 |
/// | 4 | hash of the request |
/// | 1, 1 | form of the answer, number of arguments |
/// | 2, 4 | bytes of the arguments, bytes of the answer |
/// | 2, 2, 4 | part of the users' mark, index of the command in the table, number of the users' mark
/// (``UserMarks/Mark``) |
/// | 2 each | where each argument ends |
/// | | the arguments, the answer, padding |
enum CachedReply {
  /// The alignment of records in bytes.
  static let alignment = 8
  private static let headerByteCount = 24
  /// Requests with more arguments, or with more bytes of them, are not kept.
  private static let argumentLimit = 16
  private static let argumentByteLimit = 2048

  /// Returns whether an answer to `request` may be kept.
  static func mayBeKept(_ request: Request) -> Bool {
    request.count <= argumentLimit && request.bytes.count <= argumentByteLimit
  }

  /// Returns the length of the record; `nil` if it would exceed `byteLimit` or may not be kept.
  static func byteCount(
    of reply: ByteBufferView, to request: Request, byteLimit: Int
  ) -> Int? {
    guard mayBeKept(request) else { return nil }
    let used = replyStart(request) + reply.count
    let byteCount = (used + alignment - 1) / alignment * alignment
    return byteCount <= byteLimit ? byteCount : nil
  }

  /// Writes the record over all of `record`, which has the length given by ``byteCount(of:to:byteLimit:)``.
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

  /// Returns the mark that validates the answer in the record at the start of `bytes`.
  static func mark(_ bytes: UnsafeRawBufferPointer) -> UserMarks.Mark {
    UserMarks.Mark(
      part: bytes.load(fromByteOffset: 16, as: UInt16.self),
      number: bytes.load(fromByteOffset: 20, as: UInt32.self))
  }

  /// Returns the index in the table of the command that the record at the start of `bytes` answers.
  static func command(_ bytes: UnsafeRawBufferPointer) -> Int {
    Int(bytes.load(fromByteOffset: 18, as: UInt16.self))
  }

  /// Returns the length of the record at the start of `bytes`, and the hash of its request.
  static func header(_ bytes: UnsafeRawBufferPointer) -> (byteCount: Int, hash: UInt32) {
    (Int(bytes.load(as: UInt32.self)), bytes.load(fromByteOffset: 4, as: UInt32.self))
  }

  /// Returns the answer in the record at the start of `bytes` if it answers `request` in `form`, else `nil`.
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
