import NIOHTTP1

extension HTTPRoute {
  /// Whether the process answers at all, for a supervisor that restarts it otherwise.
  static let health = HTTPRoute("/healthz", isOpen: true, .now { _ in .text(.ok, "ok") })
}
