import Daemon
import Foundation
import TestEnvironment
import Testing

/// Sockets passed in the environment by the process that starts the daemon (LISTEN_FDS), and servers that listen on
/// them.
struct HandedSocketTests {
  private func manager(_ count: Int, _ names: String?, process: Int32 = getpid()) -> ServiceManager
  {
    var environment = ["LISTEN_PID": "\(process)", "LISTEN_FDS": "\(count)"]
    environment["LISTEN_FDNAMES"] = names
    return ServiceManager(environment: environment)
  }

  @Test func namesSayWhatSocketsAreFor() throws {
    let sockets = manager(5, "latent.socket:tls:http:https:latent-more.socket").sockets
    #expect(sockets.map(\.descriptor) == [3, 4, 5, 6, 7])
    #expect(sockets.map(\.isEncrypted) == [false, true, false, true, false])
    #expect(sockets.map(\.isHTTP) == [false, false, true, true, false])
    for socket in sockets { try socket.checkName() }
    #expect(sockets[1].address == .passed(descriptor: 4, isEncrypted: true))
    #expect(sockets[2].address == .passed(descriptor: 5, isEncrypted: false))
  }

  /// systemd-socket-activate omits the names, and systemd uses such names for sockets it stored.
  @Test(arguments: [nil, "unknown:stored", "unix:tcp", "connection:unknown"])
  func withoutANameOfTheirOwnTheyArePlain(_ names: String?) throws {
    let sockets = manager(2, names).sockets
    #expect(sockets.count == 2)
    for socket in sockets {
      #expect(!socket.isEncrypted && !socket.isHTTP)
      try socket.checkName()
    }
  }

  /// A missing name is an error, or every name after it would apply to another socket.
  @Test(arguments: ["tsl", "TLS", "", "latent", "http "])
  func aNameThatSaysNothingIsAnError(_ name: String) {
    let sockets = manager(2, name).sockets
    #expect(sockets.map(\.name) == [name, ""])
    for socket in sockets {
      #expect(throws: DaemonError.self) { try socket.checkName() }
    }
  }

  @Test func whatIsForAnotherProcessIsNotTaken() {
    #expect(manager(2, "tls:http", process: 1).sockets.isEmpty)
    #expect(manager(-1, "tls").sockets.isEmpty)
    #expect(manager(100_000, nil).sockets.count == 64)
  }

  /// Returns a socket that listens on a free port on all addresses of this machine, and the port.
  private func listen() throws -> (descriptor: CInt, port: Int) {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) | Foundation.listen(descriptor, 8)
          | getsockname(descriptor, $0, &length)
      }
    }
    guard status == 0 else { throw SocketClient.Failure(call: "bind", number: errno) }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// A socket that other machines can reach needs the same protection as one the daemon opens itself: TLS with client
  /// certificates.
  @Test func whoMayListenWhereGoesForThemToo() async throws {
    let folder = try TemporaryFolder()
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("server")
    let certificate = try ServedCertificate(
      CertificateFiles(
        certificate: certificates.certificate("server"), key: certificates.key("server"),
        authorities: certificates.authority, clients: .yes))
    func start(_ addresses: [ListenAddress], http: [ListenAddress] = []) async throws -> Server {
      try await Server.start(
        on: addresses, certificate: certificate, threadCount: 1, version: "0",
        log: LogLines().logger, http: HTTPSettings(addresses: http))
    }
    let (tls, tlsPort) = try listen()
    let (https, httpsPort) = try listen()
    let server = try await start(
      [.passed(descriptor: tls, isEncrypted: true)],
      http: [.passed(descriptor: https, isEncrypted: true)])
    #expect(server.addresses == [.tls(host: "0.0.0.0", port: tlsPort)])
    #expect(server.httpAddresses == [.tls(host: "0.0.0.0", port: httpsPort)])
    try await server.stop()
    let (plain, _) = try listen()
    await #expect(throws: DaemonError.self) {
      try await start([.passed(descriptor: plain, isEncrypted: false)])
    }
    await #expect(throws: DaemonError.self) {
      try await start(
        [.unix(path: folder.path("s.sock"))],
        http: [.passed(descriptor: plain, isEncrypted: false)])
    }
    close(plain)
  }
}
