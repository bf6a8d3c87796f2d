package import NIOCore

/// Writes a list of replies whose elements are found one after the other, such as EXEC's. On the wire it is the same as
/// ``Reply/list(_:)``.
///
///     var list = ReplyList(count: 2, as: form, to: &buffer)
///     list.beginElement(&buffer)                          // for each element
///     reply.write(as: form, to: &buffer)
///     list.endElement(&buffer)
///     list.finish(&buffer)
package struct ReplyList: Sendable {
  /// The form of the list; its elements may be in another version of RESP.
  package let form: ReplyForm
  private var written = 0

  /// Begins a list of `count` elements at the end of `buffer`.
  package init(count: Int, as form: ReplyForm, to buffer: inout ByteBuffer) {
    self.form = form
    switch form {
    case .json: buffer.writeStaticString("[")
    case .resp2, .resp3: buffer.writeHeader("*", count)
    }
  }

  /// Writes the separator before the next element; a whole reply must follow.
  package mutating func beginElement(_ buffer: inout ByteBuffer) {
    if form == .json, written > 0 { buffer.writeStaticString(",") }
    written += 1
  }

  /// Ends the element whose reply was written last, while its end is still in `buffer`.
  package func endElement(_ buffer: inout ByteBuffer) {
    // The line end of the element is dropped, as it lies within the list's line.
    if form == .json { buffer.moveWriterIndex(to: buffer.writerIndex - 1) }
  }

  /// Ends the list.
  package func finish(_ buffer: inout ByteBuffer) {
    if form == .json { buffer.writeStaticString("]\n") }
  }
}
