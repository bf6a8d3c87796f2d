/// A path compared by its bytes, as file systems do. Strings that are equal in Swift, such as an é of one scalar and
/// of two, may be two files.
struct PathKey: Hashable {
  private let bytes: [UInt8]

  init(_ path: String) { bytes = Array(path.utf8) }
}
