import LineProtocol
import NIOCore

/// A transaction being answered, one command after the other, over as many turns as it takes.
final class Execution {
  /// The models that answer all of it, whichever come into service meanwhile.
  let models: ServedModels
  /// The command being answered.
  private(set) var request = Request()
  private var transaction: Transaction
  /// The index in the table of the command it is the answer to.
  let commandPlace: Int
  private let form: Request.Form
  private var list: ReplyList

  /// Begins the list of answers to `transaction` at the end of `output`. `commandPlace` is the index of EXEC in the
  /// table, `form` the form in which it was written.
  init(
    _ transaction: Transaction, of commandPlace: Int, by models: ServedModels, form: Request.Form,
    as replyForm: ReplyForm, to output: inout ByteBuffer
  ) {
    self.transaction = transaction
    self.commandPlace = commandPlace
    self.models = models
    self.form = form
    list = ReplyList(count: transaction.count, as: replyForm, to: &output)
  }

  /// The memory of the commands.
  var byteCount: Int { transaction.byteCount + request.memoryByteCount }

  /// Moves on to the next command; returns false if all are answered, and the list is complete.
  func beginNext(_ output: inout ByteBuffer) -> Bool {
    guard transaction.takeNext(into: &request, as: form) else {
      list.finish(&output)
      return false
    }
    list.beginElement(&output)
    return true
  }

  /// Takes out the next command, to be answered with the one before, if `fits` holds of it, else returns `nil`.
  func takeNext(where fits: (Request) -> Bool) -> Request? {
    var (rest, next) = (transaction, Request())
    guard rest.takeNext(into: &next, as: form), fits(next) else { return nil }
    transaction = rest
    return next
  }

  /// Begins the answer to a command taken out that way, at the end of `output`.
  func beginElement(_ output: inout ByteBuffer) { list.beginElement(&output) }

  /// Records that the answer to the command is at the end of `output`.
  func endElement(_ output: inout ByteBuffer) { list.endElement(&output) }
}
