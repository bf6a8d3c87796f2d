import Errors
package import Foundation
import LineProtocol
package import NIOSSL
import Synchronization

/// What connections with TLS begin with: what the files hold, or held when they were last good.
package final class ServedCertificate: Sendable {
  package let files: CertificateFiles

  private struct State {
    var contents: CertificateFiles.Contents
    var problem: AccessError?
  }
  private let state: Mutex<State>
  private let watched: Mutex<WatchedFiles>
  /// Held while the files are read and taken: what was read first is taken first.
  private let reading = Mutex(())
  /// Clients that did not get so far.
  let failedHandshakes = Atomic(0)

  /// What `files` hold; throws where they can't be read, or are no good.
  package init(_ files: CertificateFiles) throws(AccessError) {
    // Before they are read: what changes meanwhile has changed.
    watched = Mutex(WatchedFiles(files.paths))
    self.files = files
    state = Mutex(State(contents: try files.read()))
  }

  /// What a new connection is encrypted by.
  package var context: NIOSSLContext { state.withLock { $0.contents.context } }

  /// By when it is no good any more.
  package var expiry: Date { state.withLock { $0.contents.expiry } }

  /// What INFO says.
  var information: [ReplyField] {
    let (expiry, problem) = state.withLock { ($0.contents.expiry, $0.problem) }
    return [
      ReplyField("certificate_expires", .text(expiry.formatted(.iso8601))),
      ReplyField("last_certificate_error", problem.map { .text($0.problem) } ?? .null),
      ReplyField("failed_handshakes", .integer(Int64(failedHandshakes.load(ordering: .relaxed)))),
    ]
  }

  /// Looks whether the files have changed, and reads them then; returns whether they did. Blocks.
  func look() throws(AccessError) -> Bool {
    guard watched.withLock({ $0.haveChanged() }) else { return false }
    try reload()
    return true
  }

  /// Reads the files. Where they are no good, it stays as it is. Blocks.
  package func reload() throws(AccessError) {
    do throws(AccessError) {
      try reading.withLock { (_) throws(AccessError) in
        let contents = try files.read()
        state.withLock { $0 = State(contents: contents) }
      }
    } catch {
      state.withLock { $0.problem = error }
      throw error
    }
  }
}
