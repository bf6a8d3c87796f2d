import NIOHTTP1

extension HTTPRoute {
  /// Whether the process answers at all: for whoever would start it anew where it does not.
  static let health = HTTPRoute("/healthz", isOpen: true, .now { _ in .text(.ok, "ok") })
}
