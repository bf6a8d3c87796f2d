import Errors
import NIOCore
import NIOPosix

/// The addresses that a server has begun to listen on.
struct Listening {
  /// The number of clients that the system queues until they are accepted.
  static let backlog: Int32 = 512

  private(set) var addresses: [ListenAddress] = []
  private(set) var channels: [any Channel] = []
  /// The purpose of each channel, for a server that it is handed to.
  private(set) var kinds: [ListeningSocket] = []
  private(set) var sockets: [UnixSocket] = []
  /// The addresses that other machines reach, and where everybody is let in.
  private(set) var openAddresses: [ListenAddress] = []
  /// The addresses that other machines reach without TLS.
  private(set) var plainAddresses: [ListenAddress] = []

  private let policy: ListenPolicy
  private let rights: UnixSocket.Rights
  /// The protocol of TCP clients.
  private let protocolKind: ListeningSocket.Kind
  /// The sockets handed over by another server; nobody is accepted then before ``Server/beginToAccept()``.
  private let inherited: ListeningSockets?

  /// Creates an empty value. `policy` decides where it may listen, `rights` who may use the Unix sockets; of these and
  /// of ports, `inherited` ones are taken first. TCP is for clients of `protocolKind`.
  init(
    policy: ListenPolicy, rights: UnixSocket.Rights, for protocolKind: ListeningSocket.Kind = .tcp,
    inheriting inherited: ListeningSockets? = nil
  ) {
    self.policy = policy
    self.rights = rights
    self.protocolKind = protocolKind
    self.inherited = inherited
  }

  /// Begins to listen on one more address, with the bootstrap that `accepting` returns for whether this machine alone
  /// reaches it. Throws a ``DaemonError``.
  mutating func add(
    _ address: ListenAddress, with accepting: (_ isPrivate: Bool) -> ServerBootstrap
  ) async throws {
    func bootstrap(_ isPrivate: Bool) -> ServerBootstrap {
      accepting(isPrivate).serverChannelOption(.autoRead, value: inherited == nil)
    }
    do {
      switch address {
      case .tcp(let host, let port), .tls(let host, let port):
        let socket = ListeningSocket(
          kind: address.isEncrypted ? protocolKind.encrypted : protocolKind,
          address: address.description)
        let (resolved, channel): (SocketAddress, any Channel)
        if let descriptor = inherited?.take(where: { $0 == socket }) {
          resolved =
            try PassedSocket(descriptor).address ?? Self.resolve(host: host, port: port)
          try policy.check(resolved, of: address)
          channel = try await bootstrap(resolved.isPrivate).withBoundSocket(descriptor).get()
        } else {
          // Listens on the address that was checked, whatever the name resolves to by then.
          resolved = try Self.resolve(host: host, port: port)
          try policy.check(resolved, of: address)
          channel = try await bootstrap(resolved.isPrivate).bind(to: resolved).get()
        }
        channels.append(channel)
        kinds.append(socket)
        let chosen = channel.localAddress?.port ?? port
        let actual: ListenAddress =
          address.isEncrypted ? .tls(host: host, port: chosen) : .tcp(host: host, port: chosen)
        add(actual, isPrivate: resolved.isPrivate)
      case .unix(let path):
        let socket =
          try inherited.flatMap { UnixSocket(path: path, rights, among: $0) }
          ?? UnixSocket(path: path, rights)
        do {
          channels.append(try await bootstrap(true).withBoundSocket(socket.descriptor).get())
          // NIO has listened with its own backlog by now.
          socket.setBacklog(Self.backlog)
        } catch {
          if !socket.isInherited { socket.removeFile() }
          throw error
        }
        kinds.append(socket.listening(as: .unix))
        sockets.append(socket)
        addresses.append(address)
      case .passed(let descriptor, let isEncrypted):
        let passed = try PassedSocket(
          descriptor, for: isEncrypted ? protocolKind.encrypted : protocolKind)
        if let resolved = passed.address { try policy.check(resolved, of: passed.shown) }
        let isPrivate = passed.address?.isPrivate ?? true
        channels.append(try await bootstrap(isPrivate).withBoundSocket(descriptor).get())
        kinds.append(
          ListeningSocket(
            kind: passed.kind, address: passed.shown.description))
        add(passed.shown, isPrivate: isPrivate)
      }
    } catch let error as IOError {
      throw DaemonError.system("listening", address.description, error.errnoCode)
    } catch let error as SocketAddressError.UnknownHost {
      throw DaemonError(
        .badAddress, "the host's name can't be looked up: \(error.errorDescription)",
        place: address.description, remedy: "Use 127.0.0.1, or an address of this machine.")
    } catch let error as DaemonError {
      throw error
    } catch {
      throw DaemonError(
        .failed, "listening failed: \(error)", place: address.description,
        remedy: "Resolve the cause and start again.")
    }
  }

  /// Records an address that it listens on; `isPrivate` if this machine alone reaches it.
  private mutating func add(_ address: ListenAddress, isPrivate: Bool) {
    addresses.append(address)
    guard !isPrivate else { return }
    if !policy.isGuarded(address) { openAddresses.append(address) }
    if !address.isEncrypted { plainAddresses.append(address) }
  }

  /// Returns the address that `host` and `port` resolve to now. Blocks while a name is looked up.
  static func resolve(host: String, port: Int) throws -> SocketAddress {
    try .makeAddressResolvingHost(host, port: port)
  }

  /// Stops listening; what is inherited still belongs to its server.
  func close() async {
    for channel in channels { try? await channel.close() }
    for socket in sockets where !socket.isInherited { socket.removeFile() }
  }
}
