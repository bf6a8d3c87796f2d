import Foundation

/// The system's figures for this process, from /proc; reading them blocks briefly.
struct ProcessFigures {
  /// When the process started, in seconds since 1970.
  let startTime: Double?
  /// The processor time used, in seconds.
  let processorSeconds: Double?
  let residentBytes: Int?
  let virtualBytes: Int?
  let openDescriptors: Int?
  let descriptorLimit: Int?

  init() {
    // What follows the program's name in brackets, which may hold anything: the third field and those behind it.
    let fields =
      Self.text("/proc/self/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
    func field(_ number: Int) -> Int? {
      number - 3 < fields.count ? Int(fields[number - 3]) : nil
    }
    let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    if let user = field(14), let system = field(15) {
      processorSeconds = Double(user + system) / ticks
    } else {
      processorSeconds = nil
    }
    let boot = Self.text("/proc/stat")?.split(separator: "\n")
      .first { $0.hasPrefix("btime ") }?.split(separator: " ").last.flatMap { Double($0) }
    startTime = boot.flatMap { boot in field(22).map { boot + Double($0) / ticks } }
    virtualBytes = field(23)
    residentBytes = field(24).map { $0 * Int(getpagesize()) }
    openDescriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    descriptorLimit = getrlimit(files, &limit) == 0 ? Int(clamping: limit.rlim_cur) : nil
  }

  private static func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}
