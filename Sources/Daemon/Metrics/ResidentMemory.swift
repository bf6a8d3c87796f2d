import Foundation

/// The memory of this process, from /proc.
struct ResidentMemory {
  /// All resident bytes, including those of mapped files.
  let byteCount: Int
  /// Its own resident bytes, without mapped files.
  let ownByteCount: Int

  /// Reads the current memory; `nil` if /proc is not mounted.
  init?() {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let pages = text.split(separator: " ").prefix(3).compactMap { Int($0) }
    guard pages.count == 3 else { return nil }
    byteCount = pages[1] * Int(getpagesize())
    ownByteCount = (pages[1] - pages[2]) * Int(getpagesize())
  }
}
