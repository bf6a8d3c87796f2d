import Foundation

/// The system's users by their numbers.
package enum SystemUser {
  /// Who this process runs as: not always whoever reads what it says. The user's name, or number where it has none; looked up once.
  package static let ofProcess: String = {
    let number = geteuid()
    return name(of: number) ?? "\(number)"
  }()

  /// What the user of that number is called; nil where it has no name.
  package static func name(of number: UInt32) -> String? {
    getpwuid(number).map { String(cString: $0.pointee.pw_name) }
  }
}
