import NIOCore

extension Reply {
  /// Writes the reply as JSON (RFC 8259), without a line end. Keys are in the order of the reply, the text is always
  /// valid UTF-8, and contains no line feed.
  func writeJSON(to buffer: inout ByteBuffer) {
    switch self {
    case .status(let text), .text(let text): buffer.writeJSONString(text)
    case .bytes(let bytes): buffer.writeJSONString(String(decoding: bytes, as: UTF8.self))
    case .integer(let integer), .identifier(.integer(let integer)): buffer.writeDecimal(integer)
    case .identifier(.text(let text)): buffer.writeJSONString(text)
    case .number(let number): buffer.writeString(number.isFinite ? number.description : "null")
    case .null: buffer.writeStaticString("null")
    case .list(let replies), .push(let replies):
      buffer.writeJSONElements(replies, between: "[", and: "]") { reply, buffer in
        reply.writeJSON(to: &buffer)
      }
    case .map(let fields), .document(let fields): buffer.writeJSONObject(fields)
    case .sections(let sections):
      buffer.writeJSONElements(sections, between: "{", and: "}") { section, buffer in
        buffer.writeJSONString(section.name)
        buffer.writeStaticString(":")
        buffer.writeJSONObject(section.fields)
      }
    case .value(let number, let name, let context):
      buffer.writeJSONObject(context + [ReplyField(name, .number(number))])
    case .items(let items): items.everything.writeJSON(to: &buffer)
    case .error(let error):
      buffer.writeStaticString("{\"error\":")
      buffer.writeJSONObject([
        ReplyField("code", .text(error.code.rawValue)), ReplyField("message", .text(error.message)),
        ReplyField("remedy", .text(error.remedy)),
      ])
      buffer.writeStaticString("}")
    }
  }
}

extension ByteBuffer {
  fileprivate mutating func writeJSONObject(_ fields: [ReplyField]) {
    writeJSONElements(fields, between: "{", and: "}") { field, buffer in
      buffer.writeJSONString(field.name)
      buffer.writeStaticString(":")
      field.value.writeJSON(to: &buffer)
    }
  }

  fileprivate mutating func writeJSONElements<Element>(
    _ elements: [Element], between opening: StaticString, and closing: StaticString,
    write: (Element, inout ByteBuffer) -> Void
  ) {
    writeStaticString(opening)
    for (position, element) in elements.enumerated() {
      if position > 0 { writeStaticString(",") }
      write(element, &self)
    }
    writeStaticString(closing)
  }

  /// Writes a JSON string. Control characters, quotes and backslashes are escaped, the rest is written as it is.
  fileprivate mutating func writeJSONString(_ text: String) {
    writeStaticString("\"")
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      for (position, byte) in bytes.enumerated() where byte.needsEscape {
        writeBytes(bytes[written..<position])
        writeJSONEscape(of: byte)
        written = position + 1
      }
      writeBytes(bytes[written...])
    }
    writeStaticString("\"")
  }

  private mutating func writeJSONEscape(of byte: UInt8) {
    switch byte {
    case .doubleQuote, .backslash: writeBytes([.backslash, byte])
    case .lineFeed: writeStaticString("\\n")
    case .carriageReturn: writeStaticString("\\r")
    case 0x09: writeStaticString("\\t")
    default:
      let digits = String(byte, radix: 16)
      writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
  }
}

extension UInt8 {
  fileprivate var needsEscape: Bool { self < 0x20 || self == .doubleQuote || self == .backslash }
}
