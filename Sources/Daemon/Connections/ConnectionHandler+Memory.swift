import LineProtocol
import NIOCore

extension ConnectionHandler {
  /// The bytes that the client makes the server hold: received and not answered, reserved for further input, written
  /// and not taken, and in all, including waiting messages.
  var heldByteCounts: (input: Int, spare: Int, unsent: Int, all: Int) {
    if let context, !unsent.isEmpty { unsent.look(context) }
    let inputBytes = input.readableBytes == 0 ? 0 : input.storageCapacity
    return (
      input.readableBytes, max(0, inputBytes - input.readableBytes), unsent.byteCount,
      inputBytes + conversation.byteCount + unsent.byteCount + heldMessages.storageCapacity
    )
  }

  /// Reports to ``ClientMemory`` what this client makes the server hold.
  func noteMemory() {
    let byteCount = life == .closed ? 0 : heldByteCounts.all
    let isExempt = conversation.session.isExemptFromEviction
    guard byteCount != notedByteCount || isExempt != notedExemption,
      let eventLoop = context?.eventLoop
    else { return }
    let connection = NIOLoopBound(self, eventLoop: eventLoop)
    let before = notedByteCount
    (notedByteCount, notedExemption) = (byteCount, isExempt)
    worker.service.memory.change(
      conversation.identifier, from: before, to: byteCount,
      isExempt: isExempt
    ) {
      eventLoop.execute { connection.value.disconnectForMemory() }
    }
  }

  private func disconnectForMemory() {
    noteMemory()
    guard life != .closed, let context, ClientMemory.isLarge(notedByteCount), !notedExemption
    else { return }
    worker.statistics.dropped.increment()
    worker.statistics.evicted.increment()
    let limit = worker.service.memory.limit >> 20
    warnings.memory(
      """
      disconnecting \(clientName), which holds \(notedByteCount) bytes of requests and unread \
      answers, more than others: clients together exceed the limit of \(limit) MiB
      """, logMetadata)
    context.cutOff()
  }
}

extension ByteBuffer {
  /// Releases memory of which little is used.
  mutating func shrink() {
    if readableBytes == 0 {
      self = ByteBuffer()
    } else if storageCapacity > 4096, readableBytes < storageCapacity / 4 {
      self = ByteBuffer(bytes: readableBytesView)
    }
  }
}
