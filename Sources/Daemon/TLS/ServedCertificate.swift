import Errors
package import Foundation
import LineProtocol
package import NIOSSL
import Synchronization

/// The certificate that TLS connections use: the content of the files, or the last valid one.
package final class ServedCertificate: Sendable {
  package let files: CertificateFiles

  private let contents: Mutex<CertificateFiles.Contents>
  private let followed: FollowedFiles
  /// The number of clients that did not complete the handshake.
  let failedHandshakes = Atomic(0)

  /// Reads `files`; throws if they can't be read or are invalid.
  package init(_ files: CertificateFiles) throws(AccessError) {
    followed = FollowedFiles(files.paths)
    self.files = files
    contents = Mutex(try files.read())
  }

  /// The TLS context of new connections.
  package var context: NIOSSLContext { contents.withLock { $0.context } }

  /// When the certificate expires.
  package var expiry: Date { contents.withLock { $0.expiry } }

  /// Returns the fields for INFO about the certificate, and the handshakes of `service`.
  func information(of service: ServiceState) -> [ReplyField] {
    [
      ReplyField("certificate_expires", .text(expiry.formatted(.iso8601))),
      ReplyField("last_certificate_error", followed.problem.map { .text($0.problem) } ?? .null),
      ReplyField("handshakes", .integer(Int64(service.total { $0.handshakes }))),
      ReplyField("delayed_handshakes", .integer(Int64(service.total { $0.delayedHandshakes }))),
      ReplyField("failed_handshakes", .integer(Int64(failedHandshakes.load(ordering: .relaxed)))),
    ]
  }

  /// Reads the files again if they have changed; returns whether they had. Blocks.
  func look() throws(AccessError) -> Bool { try followed.look(read) }

  /// Reads the files again. If they are invalid, the certificate stays as it is. Blocks.
  package func reload() throws(AccessError) { try followed.reload(read) }

  private func read() throws(AccessError) {
    let read = try files.read()
    contents.withLock { $0 = read }
  }
}
