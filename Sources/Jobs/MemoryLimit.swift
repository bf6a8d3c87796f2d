import Errors
import Foundation
package import Trainers

/// The maximum memory of a process.
package struct MemoryLimit: Sendable {
  package let byteCount: UInt64
  /// The origin of the limit, with a verb: "the machine has".
  package let source: String

  /// Creates a limit in bytes.
  package init(byteCount: UInt64, source: String) {
    self.byteCount = byteCount
    self.source = source
  }

  /// Throws ``JobError`` `outOfMemoryToRefit` unless there is room for all of `demands`, of a model that is
  /// refitted to all ratings while those it was judged on are in memory.
  func checkRefit(_ demands: [MemoryDemand]) throws(JobError) {
    do { try check(demands) } catch {
      throw JobError(
        .outOfMemoryToRefit, error.problem, place: "refitting to all ratings",
        remedy: error.remedy)
    }
  }

  /// Throws ``JobError`` `outOfMemory` unless there is room for all of `demands`.
  package func check(_ demands: [MemoryDemand]) throws(JobError) {
    let sum = demands.reduce(0) { $0 + $1.byteCount }
    guard sum > Double(byteCount), let largest = demands.max(by: { $0.byteCount < $1.byteCount })
    else { return }
    let cause =
      switch largest.cause {
      case .option(let name, let value): "\(name) \(value)"
      case .data(let what): what
      }
    throw JobError(
      .outOfMemory,
      "takes at least \(Self.format(sum)), \(Self.format(largest.byteCount)) of it for \(cause), and "
        + "\(source) \(Self.format(Double(byteCount)))", place: "the training",
      remedy: largest.remedy ?? "Use a smaller model, or train on fewer users and items.")
  }

  private static func format(_ byteCount: Double) -> String {
    String(format: "%.1f GiB", byteCount / Double(1 << 30))
  }

  /// The address space that each thread may reserve in addition to its known demand. OpenBLAS allocates a
  /// buffer of 128 MiB for each multiplying thread, and retries for ever if that fails; the C library
  /// allocates an arena.
  private static let reservedPerThread: UInt64 = 256 << 20

  /// Returns the smallest of three limits: the machine's memory, that of the process's control groups
  /// (cgroups, versions 1 and 2), and what the process's own limit (`ulimit -v`) leaves for a computation on
  /// `threadCount` threads. Limits that can't be determined are ignored.
  package static func ofThisProcess(
    threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
  ) -> MemoryLimit {
    var limits: [MemoryLimit] = []
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    if pages > 0 {
      limits.append(
        MemoryLimit(
          byteCount: UInt64(pages) * UInt64(sysconf(Int32(_SC_PAGESIZE))),
          source: "the machine has"))
    }
    limits += controlGroupLimits()
    var own = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &own) == 0, own.rlim_cur < UInt64.max {
      let taken = addressesInUse() + UInt64(threadCount) * reservedPerThread
      limits.append(
        MemoryLimit(
          byteCount: UInt64(own.rlim_cur) > taken ? UInt64(own.rlim_cur) - taken : 0,
          source: "the process's limit (ulimit -v) leaves"))
    }
    return limits.min { $0.byteCount < $1.byteCount }
      ?? MemoryLimit(byteCount: .max, source: "there is")
  }

  /// Returns the address space that the process uses so far; 0 if unknown.
  private static func addressesInUse() -> UInt64 {
    let sizes = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = sizes.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
    return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Returns the limits of the process's control groups, from its own to the root.
  private static func controlGroupLimits() -> [MemoryLimit] {
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? "0::/"
    return groups.split(separator: "\n").flatMap { line -> [MemoryLimit] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let isSecondVersion = parts[0] == "0" && parts[1].isEmpty
      guard isSecondVersion || parts[1].split(separator: ",").contains("memory") else { return [] }
      let root = isSecondVersion ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      let file = isSecondVersion ? "memory.max" : "memory.limit_in_bytes"
      var group = parts[2].split(separator: "/")
      var limits: [MemoryLimit] = []
      while true {
        let path = ([Substring(root)] + group + [Substring(file)]).joined(separator: "/")
        if let text = try? String(contentsOfFile: path, encoding: .utf8),
          let byteCount = UInt64(text.prefix { $0.isNumber })
        {
          limits.append(MemoryLimit(byteCount: byteCount, source: "the control group allows"))
        }
        guard !group.isEmpty else { return limits }
        group.removeLast()
      }
    }
  }
}
