import Daemon
import Foundation
import TestEnvironment
import Testing

/// Servers that listen on the sockets of another one, within one process.
struct InheritedSocketTests {
  private let folder: TemporaryFolder
  private let certificates: TestCertificates

  init() throws {
    folder = try TemporaryFolder()
    certificates = try TestCertificates(in: folder)
    try certificates.sign("server")
  }

  private func start(
    _ addresses: [ListenAddress], inheriting inherited: ListeningSockets? = nil
  ) async throws -> Server {
    try await Server.start(
      on: addresses,
      certificate: try ServedCertificate(
        CertificateFiles(
          certificate: certificates.certificate("server"), key: certificates.key("server"),
          authorities: nil, clients: .no)),
      threadCount: 1, version: "0", log: LogLines().logger,
      http: HTTPSettings(addresses: [.tcp(host: "127.0.0.1", port: 0)]), inheriting: inherited)
  }

  private var addresses: [ListenAddress] {
    [
      .tcp(host: "127.0.0.1", port: 0), .tls(host: "127.0.0.1", port: 0),
      .tcp(host: "localhost", port: 0), .unix(path: folder.path("s.sock")),
    ]
  }

  private func connect(to address: ListenAddress) throws -> SocketClient {
    switch address {
    case .tcp(_, let port), .tls(_, let port): try SocketClient(port: port)
    case .unix(let path): try SocketClient(path: path)
    case .passed: preconditionFailure("a server's own addresses say what was handed over")
    }
  }

  @Test func whoWaitsToBeAcceptedIsAcceptedByTheNext() async throws {
    let old = try await start(addresses)
    let sockets = try await onThread { try old.listeningSockets() }
    let new = try await start(addresses, inheriting: sockets)
    #expect(new.addresses == old.addresses && new.httpAddresses == old.httpAddresses)
    try await old.stop(.handedOver)
    // No server accepts now, and no client is refused.
    let clients = try await onThread {
      try [new.addresses[0], new.addresses[3]].map { address in
        let client = try connect(to: address)
        try client.send("PING\n")
        return client
      }
    }
    try await new.beginToAccept()
    try await onThread {
      for client in clients {
        let answer = try client.receiveLine()
        #expect(answer == "\"PONG\"")
      }
      guard case .tls(_, let port) = new.addresses[1] else { return }
      let shown = try certificates.show(port: port, input: "PING\nQUIT\n")
      #expect(shown.output.contains("\"PONG\""))
    }
    #expect(FileManager.default.fileExists(atPath: folder.path("s.sock")))
    try await new.stop()
    #expect(!FileManager.default.fileExists(atPath: folder.path("s.sock")))
  }

  /// Sockets not handed over are opened; those no longer configured are closed.
  @Test func theNextListensWhereItIsToldTo() async throws {
    let old = try await start([
      .tcp(host: "127.0.0.1", port: 0), .unix(path: folder.path("s.sock")),
    ])
    var sockets: ListeningSockets? = try await onThread { try old.listeningSockets() }
    let new = try await start(
      [.unix(path: folder.path("t.sock")), .tls(host: "127.0.0.1", port: 0)], inheriting: sockets)
    sockets = nil
    guard case .tls(_, let chosen) = new.addresses[1], case .tcp(_, let left) = old.addresses[0]
    else { return #expect(Bool(false)) }
    #expect(chosen != left)
    try await old.stop(.handedOver)
    try await new.beginToAccept()
    try await onThread {
      // A port that was released may already be in use by another program.
      #expect(throws: SocketClient.Failure.self) {
        _ = try SocketClient(path: folder.path("s.sock"))
      }
      let answer = try connect(to: new.addresses[0]).ask("PING\n")
      #expect(answer == "\"PONG\"\n")
    }
    try await new.stop()
  }

  /// A server that does not start serving leaves everything as it was.
  @Test func whatIsGivenBackIsServedAsBefore() async throws {
    let old = try await start(addresses)
    let sockets = try await onThread { try old.listeningSockets() }
    let new = try await start(
      addresses + [.unix(path: folder.path("t.sock"))], inheriting: sockets)
    try await new.stop(.givenBack)
    #expect(!FileManager.default.fileExists(atPath: folder.path("t.sock")))
    try await onThread {
      for address in [old.addresses[0], old.addresses[3]] {
        let answer = try connect(to: address).ask("PING\n")
        #expect(answer == "\"PONG\"\n")
      }
    }
    try await old.stop()
    #expect(!FileManager.default.fileExists(atPath: folder.path("s.sock")))
  }
}
