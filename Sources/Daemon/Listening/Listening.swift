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

  /// Begins to listen on one more address; throws a ``DaemonError``.
  mutating func add(_ address: ListenAddress, with bootstrap: ServerBootstrap) async throws {
    do {
      switch address {
      case .tcp(let host, let port):
        let channel = try await bootstrap.bind(host: host, port: port).get()
        channels.append(channel)
        addresses.append(.tcp(host: host, port: channel.localAddress?.port ?? port))
      case .unix(let path):
        let socket = try UnixSocket(path: path)
        do {
          channels.append(try await bootstrap.withBoundSocket(socket.descriptor).get())
          // NIO has listened with a backlog of its own by now.
          socket.setBacklog(Self.backlog)
        } catch {
          socket.removeFile()
          throw error
        }
        sockets.append(socket)
        addresses.append(address)
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

  /// Stops to listen.
  func close() async {
    for channel in channels { try? await channel.close() }
    for socket in sockets { socket.removeFile() }
  }
}
