import LineProtocol
import NIOCore

/// A request and its encoded answer in one run of bytes: the form, the number of arguments, where
/// each ends (two bytes), the arguments, the answer.
struct CachedReply {
  /// Requests with more arguments, or longer ones, are not kept.
  private static let argumentLimit = 16
  private static let argumentByteLimit = 2048

  private let bytes: [UInt8]

  /// Answers nothing.
  init() { bytes = [] }

  /// nil when the request is too long to be kept.
  init?(_ reply: ByteBufferView, to request: Request, as form: ReplyForm) {
    guard request.count <= Self.argumentLimit, request.bytes.count <= Self.argumentByteLimit else {
      return nil
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 + 2 * request.count + request.bytes.count + reply.count)
    bytes.append(form.rawValue)
    bytes.append(UInt8(request.count))
    for end in request.ends {
      bytes.append(UInt8(truncatingIfNeeded: end))
      bytes.append(UInt8(truncatingIfNeeded: end >> 8))
    }
    bytes.append(contentsOf: request.bytes)
    bytes.append(contentsOf: reply)
    self.bytes = bytes
  }

  /// The number of bytes of the record.
  var byteCount: Int { bytes.count }

  /// Writes the answer to `buffer` if it is the one to `request` in `form`; answers whether it is.
  func write(ifAnswering request: Request, as form: ReplyForm, to buffer: inout ByteBuffer) -> Bool
  {
    bytes.withUnsafeBytes { bytes in
      let replyStart = 2 + 2 * request.count + request.bytes.count
      guard bytes.count >= replyStart, bytes[0] == form.rawValue,
        Int(bytes[1]) == request.count
      else { return false }
      for (position, end) in request.ends.enumerated() {
        let own = bytes.loadUnaligned(fromByteOffset: 2 + 2 * position, as: UInt16.self)
        guard Int(UInt16(littleEndian: own)) == end else { return false }
      }
      let arguments = bytes[(2 + 2 * request.count)..<replyStart]
      guard request.bytes.withUnsafeBytes({ $0.elementsEqual(arguments) }) else { return false }
      buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[replyStart...]))
      return true
    }
  }
}
