import LineProtocol
import NIOCore

extension ConnectionHandler {
  /// The most messages that wait until a list is answered, which they may not stand within.
  static let heldMessageLimit = 64

  /// Tells the client of `message`, if it wants to be told. One that does not read what it is told, up to
  /// ``ServerLimits/unreadBytes``, is disconnected.
  func deliver(_ message: ChannelMessage) {
    guard life == .open, let context else { return }
    let replies = message.replies(to: conversation.session.subscriptions)
    guard !replies.isEmpty else { return }
    guard context.channel.isWritable, heldMessages.count + replies.count <= Self.heldMessageLimit
    else {
      worker.statistics.dropped.increment()
      warnings.unread(
        """
        disconnecting a subscriber that does not read: \(worker.service.limits.unreadBytes) bytes of \
        messages wait for \(clientName)
        """, logMetadata)
      return context.cutOff()
    }
    if conversation.isInList { hold(replies) } else { send(replies, context) }
  }

  /// Whether the client is told of anything.
  var isSubscriber: Bool { conversation.session.subscriptions.count > 0 }

  /// Has others know what the client wants to be told of.
  func noteSubscriptions() {
    let session = conversation.session
    worker.service.subscribers.change(from: notedSubscriptions.1, to: session.subscriptions)
    notedSubscriptions = (session.subscriptionChanges, session.subscriptions)
    worker.note(self, isSubscriber: session.subscriptions.count > 0)
  }

  /// Has `replies` wait until the list is answered that has begun.
  private func hold(_ replies: [Reply]) { heldMessages += replies }

  /// Sends `replies`, between the answers to requests.
  private func send(_ replies: [Reply], _ context: ChannelHandlerContext) {
    worker.turns.withScratch { output in
      for reply in replies { reply.write(as: conversation.replyForm, to: &output) }
      send(&output, context)
    }
    noteMemory()
  }

  /// Writes what had to wait, behind a list, to `output`.
  func writeHeldMessages(to output: inout ByteBuffer) {
    for reply in heldMessages { reply.write(as: conversation.replyForm, to: &output) }
    heldMessages = []
  }
}
