import ExplainedErrors
import Foundation
package import Logging
package import ModelFiles
import ServiceLifecycle
import UnixSignals

/// The whole daemon as one service: it listens, follows the registry, and stops well when told.
package struct DaemonService: Sendable {
  /// How long between looks at which version is in service.
  private static let pollInterval = Duration.milliseconds(500)

  private let versions: ModelVersions
  private let addresses: [ListenAddress]
  private let limits: ServerLimits
  private let threadCount: Int
  private let version: String
  private let log: Logger
  private let onListening: @Sendable ([ListenAddress]) throws -> Void

  /// A daemon over `versions`, listening on `addresses`, of which there must be one, with
  /// `threadCount` event loops. `version` is Latent's. `onListening` is called once it answers.
  package init(
    versions: ModelVersions, addresses: [ListenAddress], limits: ServerLimits, threadCount: Int,
    version: String, log: Logger,
    onListening: @escaping @Sendable ([ListenAddress]) throws -> Void
  ) {
    self.versions = versions
    self.addresses = addresses
    self.limits = limits
    self.threadCount = threadCount
    self.version = version
    self.log = log
    self.onListening = onListening
  }

  /// Serves until SIGTERM or SIGINT, and then until what is in flight is answered. Throws a
  /// ``DaemonError`` when it can't listen.
  package func runUntilSignalled() async throws {
    let service = ServiceGroupConfiguration.ServiceConfiguration(
      service: ClosureService(run), successTerminationBehavior: .gracefullyShutdownGroup,
      serviceName: "latent serve")
    try await ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
    ).run()
  }

  /// Serves until the group that this runs in is told to stop.
  private func run() async throws {
    OpenFileLimit.raise(for: limits.connections, log: log)
    var watcher = ModelWatcher(versions)
    let (server, serving) = try await start(&watcher)
    do {
      warnOfOpenAddresses(server.addresses)
      try onListening(server.addresses)
      try await cancelWhenGracefulShutdown { [watcher] in
        try await follow(watcher, server, from: serving)
      }
    } catch is CancellationError {
      log.info("stopping: no new connections, answering what is in flight")
    } catch {
      try? await server.stop()
      throw error
    }
    try await server.stop()
    log.info("stopped")
  }

  /// Starts to listen with what is in service, and answers its version. The model is made ready for
  /// fast answers in the background: what can be answered is answered at once, however large it is.
  private func start(_ watcher: inout ModelWatcher) async throws -> (Server, Int?) {
    let first = watcher.look(preparing: false)
    let server = try await Server.start(
      on: addresses, model: first.model, limits: limits, threadCount: threadCount,
      version: version, log: log)
    try await take(first, server, replacing: nil)
    if case .unchanged = first {
      log.warning(
        "no version of \(versions.name) is published: requests get NO_MODEL until one is")
    }
    if let model = first.model { Task.detached(priority: .utility) { model.prepare() } }
    return (server, first.model?.facts.version)
  }

  /// Takes up each new version until the task is cancelled. Holds on to none.
  private func follow(_ watcher: ModelWatcher, _ server: Server, from version: Int?) async throws {
    var watcher = watcher
    var serving = version
    while true {
      try await Task.sleep(for: Self.pollInterval)
      let finding = watcher.look(preparing: true)
      try await take(finding, server, replacing: serving)
      serving = finding.model?.facts.version ?? serving
    }
  }

  private func take(
    _ finding: ModelWatcher.Finding, _ server: Server, replacing old: Int?
  ) async throws {
    switch finding {
    case .unchanged:
      break
    case .recovered:
      server.setSwapProblem(nil)
    case .opened(let model):
      try await server.serve(model)
      server.setSwapProblem(nil)
      let facts = model.facts
      log.info(
        """
        serving \(facts.name) version \(facts.version)\
        \(old.map { " in place of \($0)" } ?? ""): \(facts.kind), \(facts.userCount) users, \
        \(facts.itemCount) items, written \(facts.publishedAt)
        """)
    case .failed(let problem):
      server.setSwapProblem(problem)
      let stays = old.map { "version \($0) stays in service" } ?? "no model is in service"
      log.error("the current version of \(versions.name) can't be taken up, \(stays): \(problem)")
    }
  }

  private func warnOfOpenAddresses(_ addresses: [ListenAddress]) {
    for address in addresses where !address.isPrivate {
      log.warning(
        "\(address) can be reached from other machines, and whoever reaches it may ask anything")
    }
  }
}

extension ModelWatcher.Finding {
  /// The version that was opened, if one was.
  fileprivate var model: RecommenderAnswers? {
    if case .opened(let model) = self { model } else { nil }
  }
}
