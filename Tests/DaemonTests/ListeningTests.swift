import Daemon
import Errors
import Foundation
import Logging
import NIOCore
import TestEnvironment
import Testing

struct ListeningTests {
  static func start(_ addresses: [ListenAddress]) async throws -> Server {
    try await Server.start(
      on: addresses, threadCount: 1, version: "0", log: LogLines().logger)
  }

  @Test(arguments: [
    ("127.0.0.1:6380", ListenAddress.tcp(host: "127.0.0.1", port: 6380)),
    ("[::1]:0", .tcp(host: "::1", port: 0)),
    ("localhost:65535", .tcp(host: "localhost", port: 65_535)),
  ])
  func readsAddresses(_ text: String, _ address: ListenAddress) throws {
    #expect(try ListenAddress(tcp: text) == address)
    #expect(address.description == text)
  }

  @Test(arguments: ["", "6380", ":6380", "host", "host:", "host:65536", "host:-1", "::1:6380"])
  func refusesWhatIsNoAddress(_ text: String) {
    #expect(throws: DaemonError.self) { try ListenAddress(tcp: text) }
  }

  @Test func aTakenPortIsAClearError() async throws {
    let first = try await Self.start([.tcp(host: "127.0.0.1", port: 0)])
    let error = await #expect(throws: DaemonError.self) {
      _ = try await Self.start(first.addresses)
    }
    #expect(error?.code == .addressInUse)
    #expect(error?.place == first.addresses[0].description)
    try await first.stop()
  }

  /// A server that is not accepting at present still counts as one.
  @Test func aSocketWhoseQueueIsFullIsListenedOn() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("s.sock")
    let address = try SocketAddress(unixDomainSocketPath: path)
    func open() -> CInt { socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0) }
    let listener = open()
    var clients: [CInt] = []
    defer { for descriptor in clients + [listener] { close(descriptor) } }
    try #require(address.withSockAddr { bind(listener, $0, socklen_t($1)) } == 0)
    try #require(listen(listener, 0) == 0)
    repeat {
      let client = open()
      clients.append(client)
      try #require(fcntl(client, F_SETFL, O_NONBLOCK) == 0 && clients.count < 100)
    } while address.withSockAddr({ connect(clients[clients.count - 1], $0, socklen_t($1)) }) == 0
    let error = await #expect(throws: DaemonError.self) {
      _ = try await Self.start([.unix(path: path)])
    }
    #expect(error?.code == .addressInUse && error?.problem.contains("another server") == true)
  }

  @Test func theSocketIsTheOwnersAloneAndGoesWithTheServer() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("s.sock")
    let server = try await Self.start([.unix(path: path)])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let error = await #expect(throws: DaemonError.self) {
      _ = try await Self.start([.unix(path: path)])
    }
    #expect(error?.code == .addressInUse)
    try await server.stop()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func theSocketIsForWhomItIsToldToBe() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("s.sock")
    // A group that this user is a member of.
    let group = UInt32(getgid())
    for mode in [0o660, 0o666, 0o600] {
      let server = try await Server.start(
        on: [.unix(path: path)], rights: .init(mode: UInt32(mode), group: group), threadCount: 1,
        version: "0", log: LogLines().logger)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode)
      #expect(attributes[.groupOwnerAccountID] as? Int == Int(group))
      try await server.stop()
    }
  }

  @Test(arguments: ["0.0.0.0", "::", "::ffff:0.0.0.0", "0"])
  func whatOthersReachIsForNobodyUnlessItIsToldOrGuarded(_ host: String) async throws {
    for address in [ListenAddress.tcp(host: host, port: 0), .tls(host: host, port: 0)] {
      let error = await #expect(throws: DaemonError.self) {
        _ = try await Self.start([.tcp(host: "127.0.0.1", port: 0), address])
      }
      #expect(error?.code == .unguarded && error?.place == address.description)
    }
    guard host.contains("0") else { return }
    try await Server.start(
      on: [.tcp(host: "0.0.0.0", port: 0)], isInsecure: true, threadCount: 1, version: "0",
      log: LogLines().logger
    ).stop()
  }

  @Test func whoMayListenWhereGoesByWhomItLetsIn() throws {
    let open = try SocketAddress(ipAddress: "192.0.2.1", port: 1)
    let (plain, encrypted) = (
      ListenAddress.tcp(host: "x", port: 1), ListenAddress.tls(host: "x", port: 1)
    )
    func isAllowed(_ policy: ListenPolicy, _ address: ListenAddress) -> Bool {
      (try? policy.check(open, of: address)) != nil
    }
    #expect(!isAllowed(ListenPolicy(), plain) && !isAllowed(ListenPolicy(), encrypted))
    #expect(isAllowed(ListenPolicy(hasUsers: true), plain))
    #expect(isAllowed(ListenPolicy(isInsecure: true), plain))
    let certificates = ListenPolicy(requiresCertificates: true)
    #expect(isAllowed(certificates, encrypted) && !isAllowed(certificates, plain))
    for host in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
      let address = try SocketAddress(ipAddress: host, port: 1)
      #expect(throws: Never.self) { try ListenPolicy().check(address, of: plain) }
    }
    for host in [
      "10.0.0.1", "192.168.1.1", "fe80::1", "2001:db8::1", "0.0.0.0", "128.0.0.1", "::2",
    ] {
      let address = try SocketAddress(ipAddress: host, port: 1)
      #expect(throws: DaemonError.self) { try ListenPolicy().check(address, of: plain) }
    }
  }

  @Test func aSocketThatADeadServerLeftIsReplaced() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("s.sock")
    let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(withUnixAddress(path) { bind(left, $0, $1) } == 0)
    close(left)
    #expect(FileManager.default.fileExists(atPath: path))
    let server = try await Self.start([.unix(path: path)])
    try await server.stop()
  }

  /// Each server finds the file stale; one of them must win, and the others must see that.
  @Test func ofManyServersOverAStaleSocketOneListens() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("s.sock")
    for _ in 0..<25 {
      let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      #expect(withUnixAddress(path) { bind(left, $0, $1) } == 0)
      close(left)
      let servers = await withTaskGroup(of: Result<Server, any Error>.self) { group in
        for _ in 0..<6 {
          group.addTask {
            do { return .success(try await Self.start([.unix(path: path)])) } catch {
              return .failure(error)
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      var running: [Server] = []
      for server in servers {
        switch server {
        case .success(let server): running.append(server)
        case .failure(let error):
          #expect((error as? DaemonError)?.code == .addressInUse, "\(error)")
        }
      }
      #expect(running.count == 1)
      #expect(
        try await onThread { try SocketClient(path: path).ask("PING\n") } == "\"PONG\"\n")
      for server in running { try await server.stop() }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  /// A server killed during start leaves the lock file behind, which nobody holds.
  @Test func aLockThatADeadServerLeftIsTaken() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("s.sock")
    try folder.write("", to: "s.sock.lock")
    try await Self.start([.unix(path: path)]).stop()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func anUnknownHostIsAClearError() async throws {
    let error = await #expect(throws: DaemonError.self) {
      _ = try await Self.start([.tcp(host: "no-such-host.invalid", port: 1)])
    }
    #expect(error?.code == .badAddress && error?.place == "no-such-host.invalid:1")
    #expect(error?.problem.hasPrefix("the host's name can't be looked up: ") == true)
  }

  @Test func anotherFileIsNeverRemoved() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("precious", to: "s.sock")
    await #expect(throws: DaemonError.self) { _ = try await Self.start([.unix(path: path)]) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
  }

  @Test func aPathThatIsTooLongOrHasNoFolderIsAClearError() async throws {
    let folder = try TemporaryFolder()
    for path in [folder.path(String(repeating: "x", count: 200)), folder.path("none/s.sock")] {
      let error = await #expect(throws: DaemonError.self) {
        _ = try await Self.start([.unix(path: path)])
      }
      #expect(error?.code == .badAddress)
    }
  }
}
