import Foundation
import Logging
import ModelFiles
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
  /// What was found before the thread began.
  private let first: Mutex<ModelWatcher.Finding?>

  /// A follower that puts versions of `name` in service on `server`, which serves what `watcher` found
  /// `first` already.
  init(
    of name: ModelName, on server: Server, first: ModelWatcher.Finding, watcher: ModelWatcher,
    log: Logger
  ) {
    self.name = name
    self.server = server
    self.log = log
    self.first = Mutex(first)
    let thread = Thread { [self] in
      begin()
      follow(watcher)
    }
    thread.name = "models"
    thread.start()
  }

  /// Takes note of what was found first. The model is made ready for fast answers, and read through,
  /// only now: what can be answered is answered at once, however large it is.
  private func begin() {
    let first = first.withLock { finding in
      defer { finding = nil }
      return finding
    }
    if let first { take(first) }
    first?.model?.prepare()
  }

  /// Takes up nothing further. Does not wait for what is being read.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    stopping.signal()
  }

  /// Takes up each new version until told to stop. Holds on to none.
  private func follow(_ watcher: ModelWatcher) {
    var watcher = watcher
    repeat {
      take(watcher.look())
    } while stopping.wait(timeout: .now() + Self.pollInterval)
      == .timedOut
  }

  private func take(_ finding: ModelWatcher.Finding) {
    guard !isStopped.load(ordering: .relaxed) else { return }
    switch finding {
    case .unchanged:
      break
    case .recovered:
      server.setSwapProblem(nil)
    case .opened(let model):
      serve(model)
      server.setSwapProblem(nil)
    case .failed(let problem):
      server.setSwapProblem(problem.withoutPaths)
      log.error(
        "the current version of \(name) can't be taken up; what is served stays: \(problem)")
    case .fellBack(let model, let problem):
      server.setSwapProblem(problem.withoutPaths)
      log.error("the current version of \(name) can't be served: \(problem)")
      if let model {
        log.error("going back to version \(model.facts.version), the newest before it that is good")
        serve(model)
      } else {
        log.error("no earlier version of \(name) is good: requests get NO_MODEL until one is")
        put(nil)
      }
    }
  }

  private func serve(_ model: RecommenderAnswers) {
    put(model)
    let facts = model.facts
    log.info(
      """
      serving \(facts.name) version \(facts.version): \(facts.kind), \(facts.userCount) users, \
      \(facts.itemCount) items, written \(facts.createdAt)
      """)
  }

  /// Puts `model` in service and waits until every event loop has it.
  private func put(_ model: RecommenderAnswers?) {
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
  var model: RecommenderAnswers? {
    switch self {
    case .opened(let model), .fellBack(let model?, _): model
    case .unchanged, .recovered, .failed, .fellBack(nil, _): nil
    }
  }
}
