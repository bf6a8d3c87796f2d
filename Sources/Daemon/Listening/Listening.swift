import Errors
import NIOCore
import NIOPosix

/// The addresses that a server has begun to listen on.
struct Listening {
  /// Clients that the system holds until they are accepted.
  static let backlog: Int32 = 512

  private(set) var addresses: [ListenAddress] = []
  private(set) var channels: [any Channel] = []
  private(set) var sockets: [UnixSocket] = []
  /// Those that others than programs on this machine reach, where everybody is let in.
  private(set) var openAddresses: [ListenAddress] = []
  /// Those that they reach without TLS.
  private(set) var plainAddresses: [ListenAddress] = []

  private let policy: ListenPolicy
  private let rights: UnixSocket.Rights

  /// Nothing yet; `policy` says where may be listened, `rights` whose the Unix sockets are.
  init(policy: ListenPolicy, rights: UnixSocket.Rights) {
    self.policy = policy
    self.rights = rights
  }

  /// Begins to listen on one more address, with what `bootstrap` gives for one that this machine alone reaches or for another; throws
  /// a ``DaemonError``.
  mutating func add(
    _ address: ListenAddress, with bootstrap: (_ isPrivate: Bool) -> ServerBootstrap
  ) async throws {
    do {
      switch address {
      case .tcp(let host, let port), .tls(let host, let port):
        // Listens on what was looked at, whatever the name means by then.
        let resolved = try Self.resolve(host: host, port: port)
        try policy.check(resolved, of: address)
        let channel = try await bootstrap(resolved.isPrivate).bind(to: resolved).get()
        channels.append(channel)
        let chosen = channel.localAddress?.port ?? port
        let actual: ListenAddress =
          address.isEncrypted ? .tls(host: host, port: chosen) : .tcp(host: host, port: chosen)
        addresses.append(actual)
        guard !resolved.isPrivate else { return }
        if !policy.isGuarded(address) { openAddresses.append(actual) }
        if !address.isEncrypted { plainAddresses.append(actual) }
      case .unix(let path):
        let socket = try UnixSocket(path: path, rights)
        do {
          channels.append(try await bootstrap(true).withBoundSocket(socket.descriptor).get())
          // NIO has listened with a backlog of its own by now.
          socket.setBacklog(Self.backlog)
        } catch {
          socket.removeFile()
          throw error
        }
        sockets.append(socket)
        addresses.append(address)
      case .passed(let descriptor):
        let passed = try PassedSocket(descriptor)
        if let resolved = passed.address { try policy.check(resolved, of: passed.shown) }
        let isPrivate = passed.address?.isPrivate ?? true
        channels.append(try await bootstrap(isPrivate).withBoundSocket(descriptor).get())
        addresses.append(passed.shown)
        guard !isPrivate else { return }
        if !policy.isGuarded(passed.shown) { openAddresses.append(passed.shown) }
        plainAddresses.append(passed.shown)
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
        remedy: "See to the cause and start again.")
    }
  }

  /// The address that `host` and `port` mean now. Blocks while a name is looked up.
  static func resolve(host: String, port: Int) throws -> SocketAddress {
    try .makeAddressResolvingHost(host, port: port)
  }

  /// Stops to listen.
  func close() async {
    for channel in channels { try? await channel.close() }
    for socket in sockets { socket.removeFile() }
  }
}
