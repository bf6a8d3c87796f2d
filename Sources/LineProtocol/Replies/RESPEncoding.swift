import NIOCore

extension Reply {
  /// Writes the reply in RESP, version 3 or 2.
  func writeRESP(to buffer: inout ByteBuffer, version3: Bool) {
    switch self {
    case .status(let text):
      buffer.writeStaticString("+")
      buffer.writeRESPLine(text)
    case .text(let text), .identifier(.text(let text)): buffer.writeBulk(text)
    case .bytes(let bytes):
      buffer.writeHeader("$", bytes.count)
      buffer.writeBytes(bytes)
      buffer.writeStaticString("\r\n")
    case .integer(let integer):
      buffer.writeStaticString(":")
      buffer.writeDecimal(integer)
      buffer.writeStaticString("\r\n")
    case .identifier(.integer(let integer)): buffer.writeBulk(integer)
    case .number(let number), .value(let number, _, _):
      buffer.writeNumber(number, version3: version3)
    case .null: buffer.writeStaticString(version3 ? "_\r\n" : "$-1\r\n")
    case .list(let replies):
      buffer.writeHeader("*", replies.count)
      for reply in replies { reply.writeRESP(to: &buffer, version3: version3) }
    case .push(let replies):
      buffer.writeHeader(version3 ? ">" : "*", replies.count)
      for reply in replies { reply.writeRESP(to: &buffer, version3: version3) }
    case .document(let fields):
      var text = ByteBuffer()
      Reply.map(fields).writeJSON(to: &text)
      buffer.writeHeader("$", text.readableBytes)
      buffer.writeBuffer(&text)
      buffer.writeStaticString("\r\n")
    case .map(let fields):
      buffer.writeHeader(version3 ? "%" : "*", version3 ? fields.count : 2 * fields.count)
      for field in fields {
        buffer.writeBulk(field.name)
        field.value.writeRESP(to: &buffer, version3: version3)
      }
    case .sections(let sections): buffer.writeSections(sections, version3: version3)
    case .items(let items): items.writeRESP(to: &buffer, version3: version3)
    case .error(let error):
      buffer.writeStaticString("-")
      buffer.writeRESPLine(error.description)
    }
  }
}

extension RankedItems {
  fileprivate func writeRESP(to buffer: inout ByteBuffer, version3: Bool) {
    switch detail {
    case .identifiers:
      buffer.writeHeader("*", entries.count)
      for entry in entries {
        Reply.identifier(entry.identifier).writeRESP(to: &buffer, version3: version3)
      }
    case .scores:
      buffer.writeHeader("*", version3 ? entries.count : 2 * entries.count)
      for entry in entries {
        if version3 { buffer.writeHeader("*", 2) }
        Reply.identifier(entry.identifier).writeRESP(to: &buffer, version3: version3)
        buffer.writeNumber(entry.rankingNumber, version3: version3)
      }
    case .everything:
      everything.writeRESP(to: &buffer, version3: version3)
    }
  }
}

extension ByteBuffer {
  mutating func writeHeader(_ marker: StaticString, _ count: Int) {
    writeStaticString(marker)
    writeDecimal(Int64(count))
    writeStaticString("\r\n")
  }

  fileprivate mutating func writeBulk(_ text: String) {
    writeHeader("$", text.utf8.count)
    writeString(text)
    writeStaticString("\r\n")
  }

  /// Writes an integer as a bulk string, without an intermediate `String`.
  fileprivate mutating func writeBulk(_ integer: Int64) {
    writeHeader("$", integer.decimalLength)
    writeDecimal(integer)
    writeStaticString("\r\n")
  }

  /// Writes a double in version 3, a bulk string in version 2, as Redis writes scores.
  fileprivate mutating func writeNumber(_ number: Float, version3: Bool) {
    guard version3 else { return writeBulk(number.description) }
    writeStaticString(",")
    writeString(number.description)
    writeStaticString("\r\n")
  }

  /// Writes text that must stay on one line: line ends within become spaces.
  fileprivate mutating func writeRESPLine(_ text: String) {
    writeBytes(text.utf8.map { $0 == .carriageReturn || $0 == .lineFeed ? 0x20 : $0 })
    writeStaticString("\r\n")
  }

  /// Writes Redis's INFO: a heading for each section, a line `name:value` for each field; in version 3 as verbatim
  /// text.
  fileprivate mutating func writeSections(_ sections: [ReplySection], version3: Bool) {
    var text = ByteBuffer()
    for (position, section) in sections.enumerated() {
      if position > 0 { text.writeStaticString("\r\n") }
      text.writeString("# \(section.name)\r\n")
      for field in section.fields {
        text.writeString(field.name)
        text.writeStaticString(":")
        text.writeInfoValue(field.value)
        text.writeStaticString("\r\n")
      }
    }
    writeHeader(version3 ? "=" : "$", text.readableBytes + (version3 ? 4 : 0))
    if version3 { writeStaticString("txt:") }
    writeBuffer(&text)
    writeStaticString("\r\n")
  }

  /// Writes a value of INFO: text as it is, on one line; nothing for null; everything else as in JSON.
  private mutating func writeInfoValue(_ value: Reply) {
    switch value {
    case .text(let text), .status(let text), .identifier(.text(let text)):
      writeBytes(text.utf8.map { $0 == .carriageReturn || $0 == .lineFeed ? 0x20 : $0 })
    case .null: break
    default: value.writeJSON(to: &self)
    }
  }
}
