import Foundation

/// What files of ratings ask of the system, and what to say when it fails.
enum SystemCall {
  /// The system's words for its last error.
  static var errorText: String { String(cString: strerror(errno)) }

  /// What to do about the system's error `number` where it is not the file's fault, else `other`.
  static func remedy(of number: Int32, else other: String) -> String {
    switch number {
    case EMFILE, ENFILE:
      "Allow more open files (ulimit -n), or import fewer files at a time."
    case EACCES:
      "Give yourself the right to it, and to enter the folders that it is in."
    default: other
    }
  }

  /// Writes all of `bytes`, or throws what `failure` makes of the system's error.
  static func writeAll(
    _ bytes: ArraySlice<UInt8>, to descriptor: CInt, failure: () -> RatingsFileError
  ) throws(RatingsFileError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 { rest = rest.dropFirst(written) } else if errno != EINTR { throw failure() }
    }
  }
}
