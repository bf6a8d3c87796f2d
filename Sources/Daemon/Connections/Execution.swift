import LineProtocol
import NIOCore

/// A transaction that has begun to be answered, one command after the other, over as many turns as that
/// takes.
final class Execution {
  /// What answers all of it, whichever models come in service meanwhile.
  let models: ServedModels
  /// The command that is answered now.
  private(set) var request = Request()
  private var transaction: Transaction
  /// The place in the table of the command that it answers.
  let commandPlace: Int
  private let form: Request.Form
  private var list: ReplyList

  /// Begins the list of the answers to `transaction` at the end of `output`, written as EXEC was, which is the command
  /// at `commandPlace`.
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

  /// The memory that the commands take.
  var byteCount: Int { transaction.byteCount + request.memoryByteCount }

  /// Goes on to the next command; false when all are answered, and the list has its end.
  func beginNext(_ output: inout ByteBuffer) -> Bool {
    guard transaction.takeNext(into: &request, as: form) else {
      list.finish(&output)
      return false
    }
    list.beginElement(&output)
    return true
  }

  /// Takes the next command out where it is one of which `fits` holds, to be answered with the one before; nil where it is none.
  func takeNext(where fits: (Request) -> Bool) -> Request? {
    var (rest, next) = (transaction, Request())
    guard rest.takeNext(into: &next, as: form), fits(next) else { return nil }
    transaction = rest
    return next
  }

  /// Begins the answer to a command that was taken out so, at the end of `output`.
  func beginElement(_ output: inout ByteBuffer) { list.beginElement(&output) }

  /// Takes note that the answer to the command stands at the end of `output`.
  func endElement(_ output: inout ByteBuffer) { list.endElement(&output) }
}
