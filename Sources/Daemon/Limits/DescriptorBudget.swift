import Errors
import Foundation
import Logging

/// The descriptors that this process may have, divided up before the first client connects: clients get none that the
/// server itself may need for a model, an event loop or its log. A library that finds none left may end the process.
package struct DescriptorBudget: Sendable, Equatable {
  /// The maximum number of clients at one time.
  package let connections: Int
  /// The maximum number of further clients at one time, which are told that there are too many.
  package let refusals: Int

  /// The descriptors for each event loop.
  private static let perLoop = 4
  /// The descriptors for everything else: listeners, models being read, the log, what libraries open briefly.
  private static let reserve = 48
  private static let refusalLimit = ServerLimits().refusals

  /// Returns the total needed for `connections` clients and `loopCount` event loops, if `openCount` are open or
  /// promised to others.
  package static func needed(connections: Int, loopCount: Int, openCount: Int) -> Int {
    connections + refusalLimit + reserve + perLoop * loopCount + openCount
  }

  /// Divides up `descriptorLimit` descriptors, of which `openCount` are open; `nil` if there is no room for a single
  /// client.
  package init?(descriptorLimit: Int, connections wanted: Int, loopCount: Int, openCount: Int) {
    let free = descriptorLimit - Self.reserve - Self.perLoop * loopCount - openCount
    refusals = min(Self.refusalLimit, free / 8)
    connections = min(wanted, free - refusals)
    guard connections >= 1 else { return nil }
  }

  /// Raises the process's limit as far as needed and permitted, and divides it up. Logs a warning if fewer than
  /// `connections` clients fit beside `others`, and throws if none does.
  static func claim(
    connections: Int, besides others: Int, loopCount: Int, log: Logger
  ) throws(DaemonError) -> DescriptorBudget {
    let openCount = openCount() + others
    let needed = needed(connections: connections, loopCount: loopCount, openCount: openCount)
    let limit = raiseLimit(to: needed)
    guard
      let budget = DescriptorBudget(
        descriptorLimit: limit, connections: connections, loopCount: loopCount,
        openCount: openCount)
    else {
      throw DaemonError(
        .tooFewDescriptors,
        "the system lets this process open \(limit) files, which is too few to serve",
        place: "ulimit -n",
        remedy: "Allow \(needed) (ulimit -n, or LimitNOFILE= of systemd), or allow fewer clients.")
    }
    if budget.connections < connections {
      log.warning(
        """
        the system lets this process open \(limit) files: at most \(budget.connections) clients can be \
        connected, not \(connections). Allow \(needed) (ulimit -n, or LimitNOFILE= of systemd)
        """)
    }
    return budget
  }

  /// Returns the number of open descriptors; that of the standard streams if the system can't tell.
  private static func openCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 3
  }

  private static func raiseLimit(to needed: Int) -> Int {
    var limit = rlimit()
    guard getrlimit(openFiles, &limit) == 0 else { return needed }
    if limit.rlim_cur < rlim_t(needed) {
      var raised = limit
      raised.rlim_cur = min(rlim_t(needed), limit.rlim_max)
      if setrlimit(openFiles, &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
}
