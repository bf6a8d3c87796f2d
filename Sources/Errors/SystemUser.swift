import Foundation

/// Names of the system's users.
package enum SystemUser {
  /// The user this process runs as, who is not always the one reading its messages: the name or, if it has none, the
  /// number. Looked up once.
  package static let ofProcess: String = {
    let number = geteuid()
    return name(of: number) ?? "\(number)"
  }()

  /// Returns the name of the user with that number, or nil if it has none.
  package static func name(of number: UInt32) -> String? {
    getpwuid(number).map { String(cString: $0.pointee.pw_name) }
  }
}
