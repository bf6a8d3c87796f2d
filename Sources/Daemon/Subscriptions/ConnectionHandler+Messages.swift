import LineProtocol
import NIOCore

extension ConnectionHandler {
  /// Sends `message` to the client if it has subscribed: after the list that is being answered, within which it may not
  /// stand, and after what is not read yet. A client for which ``ServerLimits/unreadBytes`` of messages wait is
  /// disconnected.
  func deliver(_ message: ChannelMessage) {
    guard life == .open, let context else { return }
    let replies = message.replies(to: conversation.session.subscriptions)
    guard !replies.isEmpty else { return }
    guard conversation.isInList || !context.channel.isWritable else {
      return send(replies, context)
    }
    guard heldMessages.readableBytes < worker.service.limits.unreadBytes else {
      worker.statistics.dropped.increment()
      let problem =
        conversation.isInList ? "that waits too long for a list of answers" : "that does not read"
      warnings.unread(
        """
        disconnecting a subscriber \(problem): \(heldMessages.readableBytes) bytes of messages are \
        waiting for \(clientName)
        """, logMetadata)
      return context.cutOff()
    }
    write(replies, to: &heldMessages)
    noteMemory()
  }

  /// Whether the client has any subscriptions.
  var isSubscriber: Bool { conversation.session.subscriptions.count > 0 }

  /// Publishes the client's subscriptions to the server's counts and its worker.
  func noteSubscriptions() {
    let session = conversation.session
    worker.service.subscribers.change(from: notedSubscriptions.1, to: session.subscriptions)
    notedSubscriptions = (session.subscriptionChanges, session.subscriptions)
    worker.note(self, isSubscriber: session.subscriptions.count > 0)
  }

  /// Sends `replies`, between the answers to requests.
  private func send(_ replies: [Reply], _ context: ChannelHandlerContext) {
    worker.turns.withScratch { output in
      write(replies, to: &output)
      send(&output, context)
    }
    noteMemory()
  }

  private func write(_ replies: [Reply], to output: inout ByteBuffer) {
    for reply in replies { reply.write(as: conversation.replyForm, to: &output) }
  }

  /// Writes the messages held back to `output`.
  func writeHeldMessages(to output: inout ByteBuffer) {
    output.writeBuffer(&heldMessages)
    heldMessages = ByteBuffer()
  }
}
