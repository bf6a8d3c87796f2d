import Daemon
import Errors
import Foundation
import LineProtocol

extension Diagnosis {
  /// How long before its end a certificate is told to be wrong, in days.
  private static let leastDays = 30

  /// The file of users at `path`, as a daemon of this user would read it.
  mutating func checkUsers(in path: String) {
    do throws(AccessError) {
      let users = try UsersFile(path: path).read()
      guard users.count > 0 else {
        note(
          "users", .wrong,
          "\(path) has nobody in it: a daemon would answer no one. Add them with `latent passwd`.")
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

  /// The certificate that `files` hold, and whether its key belongs to it.
  mutating func checkCertificate(_ files: CertificateFiles) {
    do throws(AccessError) {
      let expiry = try ServedCertificate(files).expiry
      let days = Int((expiry.timeIntervalSinceNow / 86_400).rounded(.down))
      let date = expiry.formatted(.iso8601)
      let time = days == 1 ? "a day" : "\(days) days"
      let remedy = "Put a new one in its place: a daemon takes it up by itself."
      switch days {
      case ..<0:
        note("certificate", .wrong, "\(files.certificate) is no good since \(date). \(remedy)")
      case ...Self.leastDays:
        note(
          "certificate", .wrong,
          "\(files.certificate) is good until \(date), for \(time). \(remedy)")
      default:
        note(
          "certificate", .good, "\(files.certificate) is good until \(date), for \(time)")
      }
    } catch {
      note("certificate", .wrong, "\(error)")
    }
  }
}
