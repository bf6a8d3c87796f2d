/// A path by its bytes, as the file system tells files apart. Texts that are the same to Swift, such as an é of one
/// character and one of two, may be two files.
struct PathKey: Hashable {
  private let bytes: [UInt8]

  init(_ path: String) { bytes = Array(path.utf8) }
}
