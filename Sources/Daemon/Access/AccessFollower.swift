import Foundation
import Logging

/// Follows the users file and the files of the TLS certificate: polls them twice a second on a thread of its own, which
/// also reads them.
final class AccessFollower: Sendable {
  /// The interval between polls.
  private static let pollInterval = Duration.milliseconds(500)
  /// How long before its expiry a certificate is warned of, in seconds.
  private static let warningTime = 14 * 86_400.0

  private let access: Access?
  private let certificate: ServedCertificate?
  private let server: Server
  private let log: Logger
  private let thread = PollingThread()

  /// Starts to follow what `server` was started with; `nil` if that is nothing.
  init?(
    _ access: Access?, _ certificate: ServedCertificate?, on server: Server, log: Logger
  ) {
    guard access != nil || certificate != nil else { return nil }
    self.access = access
    self.certificate = certificate
    self.server = server
    self.log = log
    thread.start("access") { [self] in follow() }
  }

  /// Stops following the files.
  func stop() { thread.stop() }

  private func follow() {
    // The generation that event loops began with: the users may have been reloaded since.
    var generation = Access.firstGeneration
    var expiry: Date?
    thread.poll(every: Self.pollInterval) {
      if let access {
        tell("the users") { () throws(AccessError) in try access.look() }
        let logins = access.logins
        if logins.generation != generation {
          generation = logins.generation
          put(logins)
        }
      }
      if let certificate {
        tell("the certificate") { () throws(AccessError) in try certificate.look() }
        if certificate.expiry != expiry {
          expiry = certificate.expiry
          tell(ofExpiry: certificate)
        }
      }
    }
  }

  private func tell(_ what: String, _ look: () throws(AccessError) -> Bool) {
    do throws(AccessError) {
      if try look() { log.info("reloaded \(what)") }
    } catch {
      log.error("can't reload \(what), so nothing changes: \(error)")
    }
  }

  private func tell(ofExpiry certificate: ServedCertificate) {
    let (path, date) = (certificate.files.certificate, certificate.expiry.formatted(.iso8601))
    let left = certificate.expiry.timeIntervalSinceNow
    if left <= 0 {
      log.error("the certificate \(path) expired on \(date): clients will refuse it")
    } else if left <= Self.warningTime {
      log.warning("the certificate \(path) expires on \(date): replace it")
    }
  }

  /// Hands `logins` to every event loop, and waits until all have them.
  private func put(_ logins: LoginTable) {
    let done = DispatchSemaphore(value: 0)
    Task { [server] in
      // A server that has stopped meanwhile needs none.
      try? await server.serve(logins)
      done.signal()
    }
    done.wait()
    let count = logins.count
    log.log(
      level: count == 0 ? .warning : .info,
      "\(count == 0 ? "nobody" : count == 1 ? "one user" : "\(count) users") may log in")
  }
}
