import Foundation

/// The memory of a process, looked at every 50 ms on a thread of its own.
struct MemoryProbe {
  private let looking: BackgroundWork<[Double]>

  /// Begins to look at `process`.
  init(process: pid_t) {
    looking = BackgroundWork { isOver in
      var mebibytes: [Double] = []
      while let bytes = memoryOfProcess("VmRSS", String(process)) {
        mebibytes.append(bytes / 1_048_576)
        guard !isOver() else { break }
        usleep(50_000)
      }
      return mebibytes
    }
  }

  /// Ends it; returns what was seen, in MiB, in order: nothing of a process that had ended. For one call.
  func finish() throws -> [Double] { try looking.finish(isCutShort: true) }
}

/// What the system's TCP sockets hold, all of the machine's together.
enum SocketMemory {
  /// In MiB; nil where the system does not tell.
  static var now: Double? {
    let text = (try? String(contentsOfFile: "/proc/net/sockstat", encoding: .utf8)) ?? ""
    let words =
      text.split(separator: "\n").first { $0.hasPrefix("TCP:") }?.split(separator: " ") ?? []
    guard let place = words.firstIndex(of: "mem"), place + 1 < words.count else { return nil }
    return Double(words[place + 1]).map { $0 * Double(getpagesize()) / 1_048_576 }
  }
}
