import LineProtocol
import NIOCore

extension ConnectionHandler {
  /// A snapshot of the connection.
  var record: ClientRecord {
    let session = conversation.session
    let now = worker.service.clock.now()
    let bytes = heldByteCounts
    let command = (conversation.commandElsewhere ?? latestCommand).flatMap {
      $0 < worker.service.commands.count ? worker.service.commands[$0].description : nil
    }
    return ClientRecord(
      identifier: session.identifier, address: peerName, localAddress: localName,
      descriptor: context?.channel.socketDescriptor ?? -1, name: session.name,
      age: now - beginning, idle: silentTime, isLocal: address == .local,
      // CLIENT itself waits only for other connections.
      isWaiting: isWaitingForAnswer && command?.group != .connection, isClosing: life != .open,
      isExemptFromEviction: session.isExemptFromEviction,
      channelCount: session.subscriptions.channels.count,
      patternCount: session.subscriptions.patterns.count, queuedCount: session.transaction?.count,
      inputByteCount: bytes.input, spareByteCount: bytes.spare,
      requestByteCount: conversation.byteCount - (session.transaction?.byteCount ?? 0)
        - session.subscriptions.byteCount,
      queuedByteCount: session.transaction?.byteCount ?? 0, unsentByteCount: bytes.unsent,
      byteCount: bytes.all,
      command: command?.name,
      user: session.login?.user ?? Credentials.usualUser,
      protocolVersion: session.usesVersion3 ? 3 : 2, libraryName: session.library.name,
      libraryVersion: session.library.version)
  }

  /// The client's address, as Redis writes it: host and port, or the path of the Unix socket and 0.
  var peerName: String {
    let remote = context?.remoteAddress
    return remote?.ipAddress == nil ? localName : Self.name(of: remote)
  }

  /// The server's address that the client connected to.
  private var localName: String { Self.name(of: context?.localAddress) }

  private static func name(of address: SocketAddress?) -> String {
    guard let address else { return "?:0" }
    switch address {
    case .v4: return "\(address.ipAddress ?? "?"):\(address.port ?? 0)"
    case .v6: return "[\(address.ipAddress ?? "?")]:\(address.port ?? 0)"
    case .unixDomainSocket: return "\(address.pathname ?? "?"):0"
    }
  }
}

extension Channel {
  /// The socket's descriptor; `nil` if it is closed.
  fileprivate var socketDescriptor: Int? {
    let descriptor = try? pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { Int($0) }
    return descriptor ?? nil
  }
}
