import Foundation

/// A sampler of a process's memory, every 50 ms on a separate thread.
struct MemoryProbe {
  private let looking: BackgroundWork<[Double]>

  /// Starts sampling `process`.
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

  /// Stops sampling; returns the samples in MiB, in order, none after the process has ended. Call once.
  func finish() throws -> [Double] { try looking.finish(isCutShort: true) }
}

/// The memory of the system's TCP sockets, of the whole machine.
enum SocketMemory {
  /// The memory in MiB; nil if the system does not report it.
  static var now: Double? {
    let text = (try? String(contentsOfFile: "/proc/net/sockstat", encoding: .utf8)) ?? ""
    let words =
      text.split(separator: "\n").first { $0.hasPrefix("TCP:") }?.split(separator: " ") ?? []
    guard let place = words.firstIndex(of: "mem"), place + 1 < words.count else { return nil }
    return Double(words[place + 1]).map { $0 * Double(getpagesize()) / 1_048_576 }
  }
}
