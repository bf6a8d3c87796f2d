package import NIOCore

/// Writes a list of replies whose elements are found one after the other, as EXEC's are: on the wire
/// it is the same as ``Reply/list(_:)``.
///
///     var list = ReplyList(count: 2, as: form, to: &buffer)
///     list.beginElement(&buffer)                          // for each element
///     reply.write(as: form, to: &buffer)
///     list.endElement(&buffer)
///     list.finish(&buffer)
package struct ReplyList: Sendable {
  /// How the list is written; its elements may be of another version of RESP.
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

  /// Writes what separates the next element from the one before; a whole reply must follow.
  package mutating func beginElement(_ buffer: inout ByteBuffer) {
    if form == .json, written > 0 { buffer.writeStaticString(",") }
    written += 1
  }

  /// Ends the element whose reply was written last, and whose end still stands in `buffer`.
  package func endElement(_ buffer: inout ByteBuffer) {
    // The line of an element ends within the list's.
    if form == .json { buffer.moveWriterIndex(to: buffer.writerIndex - 1) }
  }

  /// Ends the list.
  package func finish(_ buffer: inout ByteBuffer) {
    if form == .json { buffer.writeStaticString("]\n") }
  }
}
