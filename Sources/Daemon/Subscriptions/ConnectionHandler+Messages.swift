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
}
