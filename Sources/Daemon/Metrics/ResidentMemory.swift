import Foundation

/// The memory of this process, from /proc.
struct ResidentMemory {
  /// All bytes that are in memory, those of mapped files among them.
  let byteCount: Int
  /// Those that are its own, mapped files aside.
  let ownByteCount: Int

  /// The memory now; nil where /proc is not mounted.
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
