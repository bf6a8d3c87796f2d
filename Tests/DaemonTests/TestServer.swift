import Daemon
import Foundation
import Logging
import ModelRegistry
import Recommenders
import Synchronization
import TestEnvironment
import Testing

/// A server with a free port on the loopback interface, a Unix socket and an HTTP port, and its log.
struct TestServer {
  let server: Server
  let log: LogLines
  let folder: TemporaryFolder

  var tcp: ListenAddress { server.addresses[0] }
  var unix: ListenAddress { server.addresses[1] }
  var http: ListenAddress { server.httpAddresses[0] }

  /// Runs `body` with a server for a model of `contents`, then stops the server.
  static func run(
    about contents: FactorModelContents? = Catalogue.contents(),
    limits: ServerLimits = ServerLimits(), threadCount: Int = 2,
    _ body: (TestServer) async throws -> Void
  ) async throws {
    try await run(
      asking: contents.map { try served($0) }, limits: limits, threadCount: threadCount, body)
  }

  /// Runs `body` with a server for `model`, then stops the server.
  static func run(
    asking model: ServedModel?, commands: [DaemonCommand] = DaemonCommand.all,
    limits: ServerLimits = ServerLimits(), threadCount: Int = 2, clock: LoopClock = .system,
    maximumAge: Duration? = nil, _ body: (TestServer) async throws -> Void
  ) async throws {
    try await run(
      asking: ServedModels(model), commands: commands, limits: limits, threadCount: threadCount,
      clock: clock, maximumAge: maximumAge, body)
  }

  /// Runs `body` with a server for `models`, then stops the server.
  ///
  /// Swift 6.3.1 crashes if it inlines this into another asynchronous function.
  @inline(never)
  static func run(
    asking models: ServedModels, commands: [DaemonCommand] = DaemonCommand.all,
    access: ((TemporaryFolder, Logger) throws -> Access)? = nil,
    certificate: ((TemporaryFolder) throws -> ServedCertificate)? = nil,
    limits: ServerLimits = ServerLimits(), threadCount: Int = 2, clock: LoopClock = .system,
    maximumAge: Duration? = nil, _ body: (TestServer) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let log = LogLines()
    let access = try access?(folder, log.logger)
    let certificate = try certificate?(folder)
    let server = try await Server.start(
      on: [.tcp(host: "127.0.0.1", port: 0), .unix(path: folder.path("s.sock"))]
        + (certificate == nil ? [] : [.tls(host: "127.0.0.1", port: 0)]),
      models: models, access: access, certificate: certificate, commands: commands, limits: limits,
      threadCount: threadCount, version: "0.1.0", log: log.logger, clock: clock,
      http: HTTPSettings(
        addresses: [.tcp(host: "127.0.0.1", port: 0)]
          + (certificate == nil ? [] : [.tls(host: "127.0.0.1", port: 0)]),
        maximumAge: maximumAge))
    do {
      try await body(TestServer(server: server, log: log, folder: folder))
    } catch {
      try? await server.stop()
      throw error
    }
    try await server.stop()
  }

  /// Runs a client of the server on a separate thread, over TCP by default.
  func talk<Result: Sendable>(
    over address: ListenAddress? = nil, receiveBuffer: Int32? = nil,
    _ body: @escaping @Sendable (SocketClient) throws -> Result
  ) async throws -> Result {
    try await onThread { try body(connect(over: address, receiveBuffer: receiveBuffer)) }
  }

  /// Connects a client to the server, over TCP by default, for a thread that may block.
  func connect(
    over address: ListenAddress? = nil, receiveBuffer: Int32? = nil
  ) throws -> SocketClient {
    switch address ?? tcp {
    case .tcp(_, let port), .tls(_, let port):
      try SocketClient(port: port, receiveBuffer: receiveBuffer)
    case .unix(let path): try SocketClient(path: path, receiveBuffer: receiveBuffer)
    case .passed: preconditionFailure("a server's own addresses say what was handed over")
    }
  }

  /// Whether one more client is answered. Retries, because the server notices a moment later that another one has left.
  func answersAnotherClient() throws -> Bool {
    for _ in 0..<1000 {
      let client = try connect()
      try client.send("PING\n")
      if try client.receiveLine() == "\"PONG\"" { return true }
    }
    return false
  }

  /// Returns the count called `name` in INFO.
  func count(_ name: String) async throws -> Int {
    let counts = try await talk { try $0.ask("INFO stats\n") }
    let section = try JSONSerialization.jsonObject(with: Data(counts.utf8)) as? [String: Any]
    return try #require((section?["stats"] as? [String: Any])?[name] as? Int)
  }

  /// Returns a model in service, opened from the bytes of its file.
  static func served(
    _ contents: FactorModelContents, version: Int = 1
  ) throws -> ServedModel {
    let model = try FactorModel(
      SafetensorsFile(MappedFile(copying: contents.encoded(), named: "memory")))
    return ServedModel(
      of: model,
      facts: ModelFacts(
        of: model, name: "recommender", version: version, createdAt: "2026-01-01T00:00:00Z",
        inServiceSince: "2026-01-02T00:00:00Z"))
  }
}

/// The lines that were logged.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { _ in Handler(lines: self) }
  }

  private struct Handler: LogHandler {
    let lines: LogLines
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.lines.withLock { $0.append("\(event.level): \(event.message)") }
    }
  }
}
