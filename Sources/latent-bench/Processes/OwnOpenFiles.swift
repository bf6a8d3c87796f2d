import Foundation

/// This program's own limit on open files, of which each connection takes one.
enum OwnOpenFiles {
  /// Raises the limit to `count`, unless it is above that. Throws when the system does not let it.
  static func raiseLimit(to count: Int) throws {
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0, limit.rlim_cur < rlim_t(count) else { return }
    limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
    guard limit.rlim_cur == rlim_t(count), setrlimit(kind, &limit) == 0 else {
      throw ChildFailure(
        description: "this needs \(count) open files; raise the limit: ulimit -n \(count)")
    }
  }
}
