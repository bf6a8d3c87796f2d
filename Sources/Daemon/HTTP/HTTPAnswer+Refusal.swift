import NIOHTTP1

extension HTTPAnswer {
  /// Returns the refusal of a request that is invalid whatever it asks for, `nil` if there is none. `isPrivate` means
  /// that the port is for this machine alone.
  static func refusal(
    of head: HTTPRequestHead, isPrivate: Bool, _ limits: HTTPLimits
  ) -> HTTPAnswer? {
    guard head.uri.utf8.count <= limits.targetBytes else {
      return .text(.uriTooLong, "the target is longer than \(limits.targetBytes) bytes")
    }
    let hosts = head.headers["Host"]
    guard hosts.count == 1 || hosts.isEmpty && head.version == .http1_0 else {
      return .text(.badRequest, "exactly one Host header is required")
    }
    if isPrivate, let host = hosts.first, !HostCheck.isLoopback(host) {
      return .text(
        .misdirectedRequest,
        "this server is for its own machine only, and the Host header names another: use 127.0.0.1 or localhost"
      )
    }
    guard head.method == .GET || head.method == .HEAD else {
      return .text(.methodNotAllowed, "only GET and HEAD are supported").with("Allow", "GET, HEAD")
    }
    let length = head.headers["Content-Length"]
    guard !head.headers.contains(name: "Transfer-Encoding"), length.allSatisfy({ $0 == "0" }) else {
      return .text(.payloadTooLarge, "requests must not have a body")
    }
    return nil
  }
}
