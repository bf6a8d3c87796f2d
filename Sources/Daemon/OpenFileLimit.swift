import Foundation
import Logging

/// The system's limit on open files, of which each connection takes one.
enum OpenFileLimit {
  /// What the process needs besides connections.
  private static let reserve = 128

  /// Raises this process's limit, as far as it may, so that `connections` fit; logs a warning when
  /// they do not.
  static func raise(for connections: Int, log: Logger) {
    var limit = rlimit()
    guard getrlimit(openFiles, &limit) == 0 else { return }
    let needed = rlim_t(connections + reserve)
    guard limit.rlim_cur < needed else { return }
    limit.rlim_cur = min(needed, limit.rlim_max)
    guard setrlimit(openFiles, &limit) == 0, limit.rlim_cur == needed else {
      log.warning(
        """
        the system lets this process open \(limit.rlim_cur) files, fewer than \(connections) \
        connections take: raise the limit (ulimit -n) or lower --max-connections
        """)
      return
    }
  }

  #if os(Linux)
    private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let openFiles = RLIMIT_NOFILE
  #endif
}
