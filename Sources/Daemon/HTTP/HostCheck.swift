/// A check of the `Host` header. A server for this machine alone accepts only names that only this machine can mean: a
/// web page whose own name was made to resolve here (DNS rebinding) sends its own.
enum HostCheck {
  /// Returns whether `host`, a header's value with or without a port, is `localhost` or a loopback address.
  static func isLoopback(_ host: String) -> Bool {
    let name: Substring
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return false }
      name = host[host.index(after: host.startIndex)..<end]
      guard isPort(host[host.index(after: end)...]) else { return false }
      return name == "::1"
    }
    let end = host.firstIndex(of: ":") ?? host.endIndex
    name = host[..<end]
    guard isPort(host[end...]) else { return false }
    if name.lowercased() == "localhost" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty || text.first == ":" && UInt16(text.dropFirst()) != nil
  }
}
