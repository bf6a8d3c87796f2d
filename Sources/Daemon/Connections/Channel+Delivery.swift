import NIOCore

extension Channel {
  /// Returns whether the client's system has taken all that was written to it; false if this system can't tell.
  ///
  /// Closing before that loses answers if the client goes on sending: data that reaches a closed socket resets the
  /// connection.
  func hasDeliveredAll() -> EventLoopFuture<Bool> {
    guard let socket = self as? any SocketOptionProvider else {
      return eventLoop.makeSucceededFuture(false)
    }
    // SO_MEMINFO fills nine counts; a local socket's bytes stand in the third, SK_MEMINFO_WMEM_ALLOC,
    // those of TCP, unacknowledged ones among them, in the sixth, SK_MEMINFO_WMEM_QUEUED.
    let counts: EventLoopFuture<SIMD16<UInt32>> = socket.unsafeGetSocketOption(
      level: .socket, name: NIOBSDSocket.Option(rawValue: 55))
    return counts.map { $0[2] == 0 && $0[5] == 0 }.recover { _ in false }
  }
}
