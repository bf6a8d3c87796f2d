import Errors
package import Foundation
import LineProtocol
package import NIOSSL
import Synchronization

/// What connections with TLS begin with: what the files hold, or held when they were last good.
package final class ServedCertificate: Sendable {
  package let files: CertificateFiles

  private let contents: Mutex<CertificateFiles.Contents>
  private let followed: FollowedFiles
  /// Clients that did not get so far.
  let failedHandshakes = Atomic(0)

  /// What `files` hold; throws where they can't be read, or are no good.
  package init(_ files: CertificateFiles) throws(AccessError) {
    followed = FollowedFiles(files.paths)
    self.files = files
    contents = Mutex(try files.read())
  }

  /// What a new connection is encrypted by.
  package var context: NIOSSLContext { contents.withLock { $0.context } }

  /// By when it is no good any more.
  package var expiry: Date { contents.withLock { $0.expiry } }

  /// What INFO says of it, and of the handshakes of `service`.
  func information(of service: ServiceState) -> [ReplyField] {
    [
      ReplyField("certificate_expires", .text(expiry.formatted(.iso8601))),
      ReplyField("last_certificate_error", followed.problem.map { .text($0.problem) } ?? .null),
      ReplyField("handshakes", .integer(Int64(service.total { $0.handshakes }))),
      ReplyField("delayed_handshakes", .integer(Int64(service.total { $0.delayedHandshakes }))),
      ReplyField("failed_handshakes", .integer(Int64(failedHandshakes.load(ordering: .relaxed)))),
    ]
  }

  /// Looks whether the files have changed, and reads them then; returns whether they did. Blocks.
  func look() throws(AccessError) -> Bool { try followed.look(read) }

  /// Reads the files. Where they are no good, it stays as it is. Blocks.
  package func reload() throws(AccessError) { try followed.reload(read) }

  private func read() throws(AccessError) {
    let read = try files.read()
    contents.withLock { $0 = read }
  }
}
