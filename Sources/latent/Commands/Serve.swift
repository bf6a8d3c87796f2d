import ArgumentParser
import Daemon
import Errors
import Foundation
import Logging
import ModelRegistry
import Ratings

/// `latent serve`: runs the lookup daemon.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Run the daemon that answers look-ups over TCP and Unix sockets, as lines or RESP arrays.",
    discussion: """
      Listens on 127.0.0.1:6380 by default; with only --socket or --tls-listen, or with sockets passed by systemd, only \
      on those (LISTEN_FDS; sockets named tls, http or https are used for that protocol). Writes the addresses \
      that it listens on to standard output, and its log to standard error. A newly published version is \
      verified and loaded within 2 seconds. Without a model in service the daemon exits \
      with 1, unless --wait is given. SIGTERM and SIGINT stop it, after the requests in flight have been \
      answered. With --handover the next daemon takes its place without refusing any client. SIGHUP reopens the log \
      file, SIGUSR1 writes INFO to the log; SIGUSR2 and SIGALRM are ignored. A log that nobody reads \
      never blocks the daemon: lines that do not fit into the buffer are dropped, and INFO counts them.

      Try: printf 'RECOMMEND 1 COUNT 3\\nQUIT\\n' | nc 127.0.0.1 6380
      """)

  /// The default limits.
  private static let usual = ServerLimits()

  @OptionGroup var place: RegistryOptions

  @Option(
    help: ArgumentHelp(
      "The name of a model in that folder to serve; may be repeated (default: \(ModelName.usual)). Commands about ratings "
        + "that name no model use the first recommender.", valueName: "name"),
    transform: { try ModelName($0) })
  var name: [ModelName] = []

  @Flag(help: "Start even without a model, and serve one as soon as it is published.")
  var wait = false

  @Option(
    help: ArgumentHelp(
      "List only the items whose ids are in this file, one per line; it is re-read when it changes.",
      valueName: "file"))
  var available: String?

  @OptionGroup var store: LiveStoreOptions

  @Option(
    help: ArgumentHelp(
      "The TCP address to listen on; may be repeated (default: 127.0.0.1:6380). Port 0 picks "
        + "a free port.", valueName: "host:port"))
  var listen: [String] = []

  @OptionGroup var sockets: SocketOptions

  @OptionGroup var guarding: AccessOptions

  @Option(help: "The number of threads that answer requests (default: one per processor).")
  var threads: Int?

  @Option(help: "The maximum number of simultaneous client connections.")
  var maxConnections = Self.usual.connections

  @Option(
    help: ArgumentHelp(
      "The maximum number of connections from one address (default: any number).",
      valueName: "number"))
  var maxConnectionsPerAddress: Int?

  @Option(
    help: ArgumentHelp(
      "Close a connection after it was idle this long; 0: never.", valueName: "seconds")
  )
  var idleTimeout = Self.usual.idleTime?.components.seconds ?? 0

  @Option(
    help: ArgumentHelp(
      "Stop reading a client's requests while this much of its answers is unread.",
      valueName: "bytes")
  )
  var maxUnread = Self.usual.unreadBytes

  @Option(
    help: ArgumentHelp(
      "Disconnect a client that leaves answers unread this long.", valueName: "seconds"))
  var unreadTimeout = Self.usual.unreadTime.components.seconds

  @Option(
    help: ArgumentHelp(
      "The maximum memory for requests and unread answers of all clients together; above it, the clients "
        + "that hold the most are disconnected.", valueName: "MiB"))
  var maxClientMemory = Self.usual.clientBytes >> 20

  @Option(help: ArgumentHelp("The maximum length of a request.", valueName: "bytes"))
  var maxRequest = Self.usual.requestBytes

  @Option(
    help: ArgumentHelp(
      "The folder from which clients may request images by PATH (default: not allowed).",
      valueName: "folder"))
  var imageRoot: String?

  @Option(
    help: ArgumentHelp(
      "The maximum size of an image, sent or named by path (default: \(ByteCount(Self.usual.imageBytes)), or three quarters of "
        + "--max-client-memory if that is less).", valueName: "bytes, kb, mb"),
    transform: { try ByteCount(reading: $0) })
  var maxImage: ByteCount?

  @Option(
    help: ArgumentHelp(
      "The maximum memory for decoding images (default: \(ByteCount(Self.usual.imageMemory))).",
      valueName: "bytes, kb, mb"), transform: { try ByteCount(reading: $0) })
  var imageMemory = ByteCount(Self.usual.imageMemory)

  @Option(
    help: ArgumentHelp(
      "The number of images that may be queued; further ones get BUSY.", valueName: "number")
  )
  var imageQueue = Self.usual.slowQueue

  @Option(
    help: ArgumentHelp("The maximum time to answer a request about an image.", valueName: "seconds")
  )
  var imageTimeout = Self.usual.slowTime.components.seconds

  @Option(
    help: ArgumentHelp("The memory for cached answers; 0: no cache.", valueName: "MiB")
  )
  var cache = Self.usual.cacheBytes >> 20

  @OptionGroup var observation: ObservationOptions

  /// The service manager that started the process, such as systemd.
  private var manager: ServiceManager { .ofProcess }

  /// The names of the models to serve.
  private var names: [ModelName] { name.isEmpty ? [.usual] : name }

  func validate() throws {
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw ValidationError("--name \(names[twice]) is given twice: give it once.")
    }
    try check(threads ?? 1, in: 1...1024, "--threads")
    try check(maxConnections, in: 1...1_000_000, "--max-connections")
    try check(maxConnectionsPerAddress ?? 1, in: 1...1_000_000, "--max-connections-per-address")
    try check(idleTimeout, in: 0...31_536_000, "--idle-timeout")
    try check(maxUnread, in: 4096...(1 << 40), "--max-unread")
    try check(unreadTimeout, in: 1...3600, "--unread-timeout")
    try check(maxRequest, in: 64...(1 << 30), "--max-request")
    try check(maxClientMemory, in: 1...1_048_576, "--max-client-memory")
    try check(cache, in: 0...1_048_576, "--cache")
    if let maxImage {
      try check(maxImage.count, in: 1024...(1 << 30), "--max-image")
      guard maxImage.count <= largestImage else {
        throw ValidationError(
          "--max-image \(maxImage) needs a third more in base64, and all clients together may hold "
            + "\(maxClientMemory) MiB: give a larger --max-client-memory.")
      }
    }
    try check(imageMemory.count, in: 1 << 20...1 << 40, "--image-memory")
    try check(imageQueue, in: 1...100_000, "--image-queue")
    try check(imageTimeout, in: 1...3600, "--image-timeout")
    guard sockets.handover == nil || manager.sockets.isEmpty else {
      throw ValidationError(
        "--handover is for sockets that the daemon opens itself: sockets of systemd (LISTEN_FDS) outlive it anyway. "
          + "Leave --handover out."
      )
    }
    let addressCount = try addresses().count + observation.http.count + observation.httpTls.count
    guard sockets.handover == nil || addressCount <= DaemonService.handoverLimit else {
      throw ValidationError(
        "--handover hands over at most \(DaemonService.handoverLimit) addresses, and these are \(addressCount)."
      )
    }
    try guarding.checkFiles(
      isHTTPEncrypted: !observation.httpTls.isEmpty,
      handedOver: manager.sockets.filter(\.isEncrypted))
  }

  /// The size in bytes of the largest image that fits into `--max-client-memory` as base64, which takes 4 bytes for 3.
  private var largestImage: Int { (maxClientMemory << 20) / 4 * 3 }

  /// How long the program waits for the log's reader before it exits.
  private static let logPatience = Duration.seconds(1)

  /// The address space that threads and clients need beside the libraries and the cache, as measured.
  private static let addressBytes: UInt64 = 512 << 20

  func run() async throws {
    if let shortage = AddressSpace.shortage(beside: Self.addressBytes + UInt64(cache) << 20) {
      StandardError.write("error: \(shortage)\n")
      _exit(EXIT_FAILURE)
    }
    let file = try observation.logFile.map { try LogFile($0) }
    let format = observation.logFormat
    let logQueue = LogQueue(
      to: file?.descriptor ?? STDERR_FILENO, label: "latent", format: format)
    defer { logQueue.finish(within: Self.logPatience) }
    let logLevel = LogThreshold(observation.logLevel)
    let log = Logger(label: "latent") {
      QueuedLogHandler(
        label: $0, queue: logQueue, redaction: ProgramArguments.redaction, threshold: logLevel)
    }
    do { try await serve(log, logLevel, logQueue, file) } catch {
      let cause = (error as? AccessError).map { DaemonError($0) } ?? error
      let error = (cause as? DaemonError)?.withCommands ?? cause
      // Whoever starts a program looks at standard error, wherever the log goes.
      if file != nil { StandardError.write("error: \(error)\n") }
      // Queued behind the log's own lines, so that it comes after them and blocks no more than they do.
      switch format {
      case .text: logQueue.append("error: \(error)\n")
      case .json: log.critical("\(error)")
      }
      let isUsage = (cause as? DaemonError)?.code == .unguarded
      throw isUsage ? ExitCode.validationFailure : ExitCode.failure
    }
  }

  private func serve(
    _ log: Logger, _ logLevel: LogThreshold, _ logQueue: LogQueue, _ file: LogFile?
  ) async throws {
    let access = try guarding.access(log: log)
    let certificate = try guarding.certificate()
    let reloads =
      (file.map { file in [Reload("the log file") { try file.reopen() }] } ?? [])
      + (access.map { access in [Reload("the users") { try access.reload() }] } ?? [])
      + (certificate.map { certificate in
        [Reload("the certificate") { try certificate.reload() }]
      } ?? [])
    let service = DaemonService(
      registry: place.registry, names: names, waitsForModel: wait, availablePath: available,
      store: try store.open(), access: access, certificate: certificate,
      addresses: try addresses(), rights: try sockets.rights(), isInsecure: guarding.insecure,
      http: try observation.settings(), limits: try limits(),
      threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      version: latentVersion, log: log, logQueue: logQueue, logLevel: logLevel,
      reloads: reloads, manager: manager, handoverPath: sockets.handover
    ) { addresses in
      for address in addresses {
        let line = "listening on \(address)"
        do { try StandardOutput.write(line + "\n") } catch {
          // A server must not fail because of its standard output.
          log.warning("\(line): \(error)")
        }
      }
    }
    try await service.runUntilSignalled()
  }

  private func addresses() throws -> [ListenAddress] {
    do {
      for socket in manager.sockets { try socket.checkName() }
      let others =
        try manager.sockets.filter { !$0.isHTTP }.map(\.address)
        + guarding.tlsListen.map { try ListenAddress(tls: $0) }
        + (sockets.socket.map { [.unix(path: $0)] } ?? [])
      let tcp = listen.isEmpty && others.isEmpty ? ["127.0.0.1:6380"] : listen
      return try tcp.map { try ListenAddress(tcp: $0) } + others
    } catch let error as DaemonError {
      throw ValidationError("\(error)")
    }
  }

  private func limits() throws -> ServerLimits {
    var limits = Self.usual
    limits.connections = maxConnections
    limits.addressConnections = maxConnectionsPerAddress
    limits.idleTime = idleTimeout == 0 ? nil : .seconds(idleTimeout)
    limits.unreadBytes = maxUnread
    limits.unreadTime = .seconds(unreadTimeout)
    limits.requestBytes = maxRequest
    limits.clientBytes = maxClientMemory << 20
    limits.imageBytes = maxImage?.count ?? min(Self.usual.imageBytes, largestImage)
    limits.imageRoot = try imageRoot.map { try ImageRoot($0) }
    limits.imageMemory = imageMemory.count
    limits.slowQueue = imageQueue
    limits.slowTime = .seconds(imageTimeout)
    limits.answerThreads = max(1, ProcessInfo.processInfo.activeProcessorCount)
    limits.cacheBytes = cache << 20
    if let slowLog = observation.slowLog {
      limits.slowLogTime = slowLog.duration
      limits.logsSlowRequests = true
    }
    return limits
  }

  private func check<Value: BinaryInteger>(
    _ value: Value, in range: ClosedRange<Value>, _ option: String
  ) throws {
    guard range.contains(value) else {
      throw ValidationError(
        "\(option) is \(value), but must be from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
