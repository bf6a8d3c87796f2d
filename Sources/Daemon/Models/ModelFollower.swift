import Errors
import Foundation
import Logging
import ModelRegistry
import Recommenders
import Synchronization

/// Keeps what a server serves under one name the version that the registry has in service. It looks ten times a second,
/// on a thread of its own, which opens and reads files for as long as that takes.
final class ModelFollower: Sendable {
  /// The interval between looks at the version in service.
  private static let pollInterval = Duration.milliseconds(100)
  /// One in this many looks includes what may be listed, whose file must not change between two of them.
  private static let looksPerOther = 5

  private let name: ModelName
  /// The index of the name among those served.
  private let place: Int
  private let server: Server
  private let log: Logger
  private let thread = PollingThread()
  /// The model served when the thread begins, until it is prepared for fast answers.
  private let first: Mutex<ServedModel?>

  /// Creates a follower that puts versions of `name`, whose index is `place`, in service on `server`, with lists
  /// restricted by `availability`. The server already serves `model`, which is what `watcher` found `first`. That model
  /// is prepared for fast answers, and read through, on the thread: what can be answered is answered at once, however
  /// large it is.
  init(
    of name: ModelName, at place: Int, on server: Server, first: ModelWatcher.Finding,
    serving model: ServedModel?, watcher: ModelWatcher, availability: AvailabilityWatcher?,
    log: Logger
  ) {
    self.name = name
    self.place = place
    self.server = server
    self.log = log
    self.first = Mutex(model)
    tell(of: first)
    if let model { tellOfItems(of: model) }
    thread.start("model-\(place)") { [self] in
      prepareFirst()
      follow(watcher, availability)
    }
  }

  /// Stops following. Does not wait for what is being read.
  func stop() { thread.stop() }

  private func prepareFirst() {
    let model = first.withLock { model in
      defer { model = nil }
      return model
    }
    model?.prepare()
  }

  /// Takes up each new version, and what of it may be listed, until told to stop. Retains no version that is not
  /// served.
  private func follow(_ watcher: ModelWatcher, _ availability: AvailabilityWatcher?) {
    var (watcher, availability) = (watcher, availability)
    var number = 0
    thread.poll(every: Self.pollInterval) {
      take(watcher.look(), &availability)
      if number.isMultiple(of: Self.looksPerOther) {
        if let finding = availability?.look() { take(finding) }
        server.returnMemoryIfCalm()
      }
      number += 1
    }
  }

  private func take(
    _ finding: ModelWatcher.Finding, _ availability: inout AvailabilityWatcher?
  ) {
    guard !thread.isStopped else { return }
    switch finding {
    case .unchanged, .recovered, .failed: break
    case .opened(let model):
      put(model, &availability)
      server.noteSwap(of: name.text, to: model.facts)
    case .fellBack(let model, _):
      put(model, &availability)
      server.noteSwap(of: name.text, to: model?.facts)
    }
    tell(of: finding)
  }

  private func take(_ finding: AvailabilityWatcher.Finding) {
    guard !thread.isStopped else { return }
    switch finding {
    case .unchanged: break
    case .changed(let model, let unknownCount):
      put(model)
      server.setAvailabilityProblem(nil, of: name.text)
      tellOfItems(of: model, unknownCount: unknownCount)
    case .failed(let problem): tell(of: problem)
    }
  }

  private func tell(of problem: RecommendingError) {
    server.setAvailabilityProblem(problem.problem, of: name.text)
    log.error("can't reload the available items, so the previous ones stay in use: \(problem)")
  }

  private func tellOfItems(of model: ServedModel, unknownCount: Int = 0) {
    guard let count = model.facts.availableItemCount else { return }
    let unknown = unknownCount > 0 ? "; \(unknownCount) in the file are unknown to it" : ""
    log.info("\(count) of the model's items are available\(unknown)")
  }

  /// Reports to the log and INFO what was found, and is served.
  private func tell(of finding: ModelWatcher.Finding) {
    switch finding {
    case .unchanged:
      break
    case .recovered:
      server.setSwapProblem(nil, of: name.text)
    case .opened(let model):
      server.setSwapProblem(nil, of: name.text)
      tell(of: model)
    case .failed(let problem):
      server.setSwapProblem(problem.withoutPaths, of: name.text)
      log.error(
        "the current version of \(name) can't be loaded; the served version does not change: \(problem)"
      )
    case .fellBack(let model, let problem):
      server.setSwapProblem(problem.withoutPaths, of: name.text)
      log.error("the current version of \(name) can't be served: \(problem)")
      if let model {
        log.error("falling back to version \(model.facts.version), the newest usable one before it")
        tell(of: model)
      } else {
        log.error("no earlier version of \(name) is usable: requests get NO_MODEL until one is")
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

  /// Puts `model` in service, restricted by `availability`.
  private func put(_ model: ServedModel?, _ availability: inout AvailabilityWatcher?) {
    guard let (served, problem) = availability?.restrict(model) else { return put(model) }
    put(served)
    if let problem { tell(of: problem) }
    if let served { tellOfItems(of: served) }
  }

  /// Puts `model` in service and waits until every event loop has it.
  private func put(_ model: ServedModel?) {
    let done = DispatchSemaphore(value: 0)
    Task { [server, place] in
      // A server that has stopped meanwhile needs none.
      try? await server.serve(model, at: place)
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
