package import NIOCore

/// The encoding of a reply on the wire.
package enum ReplyForm: UInt8, Sendable, CaseIterable {
  /// One line of JSON.
  case json
  /// RESP version 2.
  case resp2
  /// RESP version 3, after `HELLO 3`.
  case resp3
}

extension Reply {
  /// Appends the complete reply to `buffer`, including what terminates it on the wire. O(reply).
  package func write(as form: ReplyForm, to buffer: inout ByteBuffer) {
    switch form {
    case .json:
      writeJSON(to: &buffer)
      buffer.writeStaticString("\n")
    case .resp2: writeRESP(to: &buffer, version3: false)
    case .resp3: writeRESP(to: &buffer, version3: true)
    }
  }
}

extension ByteBuffer {
  /// Writes an integer in decimal digits, without an intermediate `String`.
  mutating func writeDecimal(_ integer: Int64) {
    let length = integer.decimalLength
    writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
      var rest = integer.magnitude
      var position = length
      repeat {
        position -= 1
        bytes[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      if integer < 0 { bytes[0] = UInt8(ascii: "-") }
      return length
    }
  }
}

extension Int64 {
  /// The number of characters in decimal, including the sign.
  var decimalLength: Int {
    var length = self < 0 ? 2 : 1
    var rest = magnitude / 10
    while rest > 0 {
      length += 1
      rest /= 10
    }
    return length
  }
}
