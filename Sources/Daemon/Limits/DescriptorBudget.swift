import Errors
import Foundation
import Logging

/// The descriptors that the system lets this process have, shared out before the first client comes:
/// clients get none that the server itself may need for a model, an event loop or its log. A library
/// that finds none left may end the process.
package struct DescriptorBudget: Sendable, Equatable {
  /// Clients at one time.
  package let connections: Int
  /// Clients beyond those that are told that there are too many, at one time.
  package let refusals: Int

  /// What event loops need each.
  private static let perLoop = 4
  /// What the server needs besides: listeners, models that are read, the log, what libraries open for
  /// a moment.
  private static let reserve = 48
  private static let refusalLimit = ServerLimits().refusals

  /// What `connections` clients need in all, with `loopCount` event loops, where `openCount` are open or promised to
  /// others.
  package static func needed(connections: Int, loopCount: Int, openCount: Int) -> Int {
    connections + refusalLimit + reserve + perLoop * loopCount + openCount
  }

  /// Shares out `descriptorLimit` descriptors, of which `openCount` are open; nil when not a single
  /// client could be taken.
  package init?(descriptorLimit: Int, connections wanted: Int, loopCount: Int, openCount: Int) {
    let free = descriptorLimit - Self.reserve - Self.perLoop * loopCount - openCount
    refusals = min(Self.refusalLimit, free / 8)
    connections = min(wanted, free - refusals)
    guard connections >= 1 else { return nil }
  }

  /// Raises the process's limit as far as it may and has to be raised, and shares it out. Logs a
  /// warning when fewer than `connections` clients fit beside `others`, and throws when none does.
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
        remedy: "Allow \(needed) (ulimit -n, or LimitNOFILE= of systemd), or take fewer clients.")
    }
    if budget.connections < connections {
      log.warning(
        """
        the system lets this process open \(limit) files: \(budget.connections) clients at a time \
        are taken, not \(connections). Allow \(needed) (ulimit -n, or LimitNOFILE= of systemd)
        """)
    }
    return budget
  }

  /// The descriptors that are open now; those of the standard streams where the system can't tell.
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
