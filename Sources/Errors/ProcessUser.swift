import Foundation

/// Who this process runs as: not always whoever reads what it says.
package enum ProcessUser {
  /// The user's name, or number where it has none; looked up once.
  package static let name: String = {
    let number = geteuid()
    return getpwuid(number).map { String(cString: $0.pointee.pw_name) } ?? "\(number)"
  }()
}
