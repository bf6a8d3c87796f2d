import CPostgres
import Errors
import Foundation
import Ratings

/// Sending and receiving, with an end to every wait.
extension PostgresConnection {
  /// Sends what `send`, one of libpq's `PQsend...`, queues, and answers the last of its results: nil
  /// when there is none. A bulk transfer that it begins is answered when it begins.
  func run(_ send: () -> Int32) throws -> OpaquePointer? {
    guard send() == 1 else { throw failure() }
    var last: OpaquePointer?
    do {
      while let result = try nextResult() {
        PQclear(last)
        last = result
        if [PGRES_COPY_IN, PGRES_COPY_OUT].contains(PQresultStatus(result))
          || PQstatus(handle) != CONNECTION_OK
        {
          break
        }
      }
    } catch {
      PQclear(last)
      throw error
    }
    return last
  }

  /// The next result of what was sent; nil when there is none left.
  func nextResult() throws -> OpaquePointer? {
    try flush()
    while PQisBusy(handle) == 1 {
      try wait(POLLIN)
      // What a server that ends the connection said last is a result like others.
      if PQconsumeInput(handle) != 1 { break }
    }
    return PQgetResult(handle)
  }

  /// Sends all that is queued.
  func flush() throws {
    while PQflush(handle) == 1 {
      // A server that waits for us to read takes nothing more.
      if try wait(POLLIN | POLLOUT) & Int16(POLLIN) != 0, PQconsumeInput(handle) != 1 { return }
    }
  }

  /// Takes in what the server sends, when there is something.
  func receive() throws {
    try wait(POLLIN)
    guard PQconsumeInput(handle) == 1 else { throw failure() }
  }

  /// Waits for one of `events` on the connection, and answers which came.
  @discardableResult
  private func wait(_ events: Int32) throws -> Int16 {
    let limit = silenceLimit > 0 ? Int32(clamping: silenceLimit * 1000) : -1
    var socket = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
    guard socket.fd >= 0 else { throw failure() }
    while true {
      switch poll(&socket, 1, limit) {
      case 1...: return socket.revents
      case 0: throw silence
      default: if errno != EINTR { throw failure() }
      }
    }
  }

  private var silence: StoreError {
    StoreError(
      .unreachable, "the server has said nothing for \(silenceLimit) s",
      place: address.name,
      remedy: """
        See in pg_stat_activity what it waits for. If it only needs longer, say so by \
        --statement-timeout.
        """)
  }
}
