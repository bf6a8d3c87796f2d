import LineProtocol
import NIOCore

/// What one event loop serves with: its reference to the model, its cache, its counts. Used on that
/// loop alone, so that a request takes no lock and sees one model from start to end.
final class Worker {
  /// What all loops share.
  let service: ServiceState
  let statistics: WorkerStatistics
  private(set) var model: (any Answering)?
  private var cache: ReplyCache
  private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
  private var refusedCount = 0
  private var allClosed: EventLoopPromise<Void>?

  init(service: ServiceState) {
    self.service = service
    statistics = service.makeStatistics()
    cache = ReplyCache(byteLimit: service.limits.cacheBytes / service.threadCount)
  }

  /// Puts another model in service, from the next request on.
  func serve(_ model: (any Answering)?) {
    self.model = model
    cache.removeAll()
  }

  /// Writes the answer to `request` to `output`.
  func answer(
    _ request: Request, in session: inout Session, to output: inout ByteBuffer
  ) {
    statistics.requests.increment()
    let form = session.replyForm(for: request.form)
    if cache.write(answerTo: request, as: form, to: &output) {
      statistics.cacheHits.increment()
      return
    }
    do throws(ErrorReply) {
      let command = try CommandTable.command(named: request[0])
      let arguments = try CommandArguments(of: request, for: command)
      if let reply = try session.answer(arguments) {
        // HELLO answers in the version that it chooses.
        reply.write(as: session.replyForm(for: request.form), to: &output)
      } else if command.group == .model {
        let start = output.writerIndex
        try ask(arguments).write(as: form, to: &output)
        if let reply = output.viewBytes(at: start, length: output.writerIndex - start) {
          cache.insert(reply, for: request, as: form)
        }
      } else {
        let sections = arguments.positional.compactMap { ClientText.word($0)?.lowercased() }
        service.info(of: model?.facts, sections: sections).write(as: form, to: &output)
      }
    } catch {
      refuse(error, as: form, to: &output)
    }
  }

  /// Writes an error to `output` and counts it.
  func refuse(_ error: ErrorReply, as form: ReplyForm, to output: inout ByteBuffer) {
    statistics.errors.increment()
    Reply.error(error).write(as: form, to: &output)
  }

  private func ask(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    guard let model else {
      throw ErrorReply(
        .noModel, "no model is in service",
        remedy: "Publish one with `latent train --publish`, into the daemon's --models folder and "
          + "under its --name: it is taken up within 2 seconds. INFO model says what is wrong with one that is not."
      )
    }
    statistics.computed.increment()
    return try model.answer(arguments)
  }
}

// MARK: - Connections

extension Worker {
  /// The most refused clients that are told so and waited for at one time.
  private static let politeRefusalLimit = 64

  /// Whether one more refused client may be waited for until it has read why.
  var mayTurnAwayPolitely: Bool { refusedCount <= Self.politeRefusalLimit }

  /// Takes note of a connection of this loop.
  func add(_ connection: ConnectionHandler) {
    connections[ObjectIdentifier(connection)] = connection
  }

  /// Takes note that a connection of this loop, admitted or refused, was closed.
  func remove(_ connection: ConnectionHandler) {
    connections[ObjectIdentifier(connection)] = nil
    if !connection.isAdmitted { refusedCount -= 1 }
    if connections.isEmpty { allClosed?.succeed() }
  }

  /// Takes note of a connection that is refused.
  func countRefusal() {
    statistics.refused.increment()
    refusedCount += 1
  }

  /// Lets each connection end well, and answers when all are closed. Requests are waited for until
  /// `deadline`.
  func stop(by deadline: NIODeadline, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
    let promise = eventLoop.makePromise(of: Void.self)
    allClosed = promise
    for connection in connections.values { connection.stop(by: deadline) }
    if connections.isEmpty { promise.succeed() }
    return promise.futureResult
  }

  /// Closes what is still open, answered or not; answers how many connections that were.
  func closeAll() -> Int {
    let open = connections
    for connection in open.values { connection.close() }
    return open.count
  }
}
