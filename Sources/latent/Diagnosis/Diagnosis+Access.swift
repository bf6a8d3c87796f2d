import Daemon
import Errors
import Foundation
import LineProtocol

extension Diagnosis {
  /// A certificate with fewer days left than this is reported as wrong.
  private static let leastDays = 30

  /// Checks the users file at `path`, as a daemon run by this user would read it.
  mutating func checkUsers(in path: String) {
    do throws(AccessError) {
      let users = try UsersFile(path: path).read()
      guard users.count > 0 else {
        note(
          "users", .wrong,
          "\(path) has no users: a daemon would answer no one. Add some with `latent passwd`.")
        return
      }
      let roles = Role.allCases.compactMap { role -> String? in
        let count = users.all.count { $0.role == role }
        return count == 0 ? nil : "\(count) with the role \(role.rawValue)"
      }
      note("users", .good, "\(path): \(roles.joined(separator: ", "))")
    } catch {
      note("users", .wrong, "\(error)")
    }
  }

  /// Checks the certificate in `files`, and whether the key belongs to it.
  mutating func checkCertificate(_ files: CertificateFiles) {
    do throws(AccessError) {
      let expiry = try ServedCertificate(files).expiry
      let days = Int((expiry.timeIntervalSinceNow / 86_400).rounded(.down))
      let date = expiry.formatted(.iso8601)
      let time = days == 1 ? "a day" : "\(days) days"
      let remedy = "Replace it: a running daemon reloads it by itself."
      switch days {
      case ..<0:
        note("certificate", .wrong, "\(files.certificate) expired at \(date). \(remedy)")
      case ...Self.leastDays:
        note(
          "certificate", .wrong,
          "\(files.certificate) is valid until \(date), for \(time). \(remedy)")
      default:
        note(
          "certificate", .good, "\(files.certificate) is valid until \(date), for \(time)")
      }
    } catch {
      note("certificate", .wrong, "\(error)")
    }
  }
}
