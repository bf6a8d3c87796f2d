import Foundation
import Logging
import ModelRegistry
import Synchronization

/// Keeps what a server serves the version that the registry has in service: looks twice a second, on
/// one thread of its own, which opens and reads files for as long as that takes.
///
/// A thread and not a task, so that between looks nothing waits for a thread of a pool: the monitor
/// of libdispatch's pools, on which tasks run, ends the process where it can't open a file.
final class ModelFollower: Sendable {
  /// How long between looks at which version is in service.
  private static let pollInterval = 0.5

  private let name: ModelName
  private let server: Server
  private let log: Logger
  private let isStopped = Atomic(false)
  /// Signalled once, at the end.
  private let stopping = DispatchSemaphore(value: 0)
  /// What is served when the thread begins, until it has been made ready for fast answers.
  private let first: Mutex<ServedModel?>

  /// A follower that puts versions of `name` in service on `server`, which serves what `watcher` found
  /// `first` already. That model is made ready for fast answers, and read through, on the thread: what
  /// can be answered is answered at once, however large it is.
  init(
    of name: ModelName, on server: Server, first: ModelWatcher.Finding, watcher: ModelWatcher,
    log: Logger
  ) {
    self.name = name
    self.server = server
    self.log = log
    self.first = Mutex(first.model)
    tell(of: first)
    let thread = Thread { [self] in
      ThreadPriority.letEventLoopsGoFirst()
      prepareFirst()
      follow(watcher)
    }
    thread.name = "models"
    thread.start()
  }

  /// Takes up nothing further. Does not wait for what is being read.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    stopping.signal()
  }

  private func prepareFirst() {
    let model = first.withLock { model in
      defer { model = nil }
      return model
    }
    model?.prepare()
  }

  /// Takes up each new version until told to stop. Holds on to none.
  private func follow(_ watcher: ModelWatcher) {
    var watcher = watcher
    repeat {
      take(watcher.look())
      server.returnMemoryIfCalm()
    } while stopping.wait(timeout: .now() + Self.pollInterval) == .timedOut
  }

  private func take(_ finding: ModelWatcher.Finding) {
    guard !isStopped.load(ordering: .relaxed) else { return }
    switch finding {
    case .unchanged, .recovered, .failed: break
    case .opened(let model): put(model)
    case .fellBack(let model, _): put(model)
    }
    tell(of: finding)
  }

  /// Has the log and INFO say what was found, and is served.
  private func tell(of finding: ModelWatcher.Finding) {
    switch finding {
    case .unchanged:
      break
    case .recovered:
      server.setSwapProblem(nil)
    case .opened(let model):
      server.setSwapProblem(nil)
      tell(of: model)
    case .failed(let problem):
      server.setSwapProblem(problem.withoutPaths)
      log.error(
        "the current version of \(name) can't be taken up; what is served stays: \(problem)")
    case .fellBack(let model, let problem):
      server.setSwapProblem(problem.withoutPaths)
      log.error("the current version of \(name) can't be served: \(problem)")
      if let model {
        log.error("going back to version \(model.facts.version), the newest before it that is good")
        tell(of: model)
      } else {
        log.error("no earlier version of \(name) is good: requests get NO_MODEL until one is")
      }
    }
  }

  private func tell(of model: ServedModel) {
    let facts = model.facts
    let kinds = facts.predictorKind.map { "\(facts.kind) and \($0)" } ?? facts.kind
    let counts = facts.counts.map { "\($0.count) \($0.name.replacing("_", with: " ")), " }.joined()
    log.info(
      """
      serving \(facts.name) version \(facts.version): \(kinds), \(counts)written \
      \(facts.createdAt)
      """)
  }

  /// Puts `model` in service and waits until every event loop has it.
  private func put(_ model: ServedModel?) {
    let done = DispatchSemaphore(value: 0)
    Task { [server] in
      // A server that has stopped meanwhile needs none.
      try? await server.serve(model)
      done.signal()
    }
    done.wait()
  }
}

extension ModelWatcher.Finding {
  /// The version that was opened, if one was.
  package var model: ServedModel? {
    switch self {
    case .opened(let model), .fellBack(let model?, _): model
    case .unchanged, .recovered, .failed, .fellBack(nil, _): nil
    }
  }
}
