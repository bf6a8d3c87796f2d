/// The parts of a server's address that may be shown.
struct ServerName: CustomStringConvertible {
  private var user: String?
  private var host = ""
  private var port: String?
  private var database = ""

  /// Parses what follows the scheme as libpq does; nil if libpq might mistake part of a password for
  /// something else, because one of its characters is not percent-encoded.
  init?(_ text: Substring.UTF8View) {
    guard text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    var rest = text
    if let at = rest.firstIndex(of: UInt8(ascii: "@")), !rest[..<at].contains(UInt8(ascii: "/")) {
      let name = rest[..<at].prefix { $0 != UInt8(ascii: ":") }
      if !name.isEmpty { user = String(Substring(name)) }
      rest = rest[rest.index(after: at)...]
    }
    let server = rest.prefix { $0 != UInt8(ascii: "?") }
    let hosts = server.prefix { $0 != UInt8(ascii: "/") }
    guard !server.contains(UInt8(ascii: "@")), Self.areHosts(Substring(hosts)) else { return nil }
    host = String(Substring(hosts))
    database = String(Substring(server[hosts.endIndex...].dropFirst()))
    for parameter in rest[server.endIndex...].dropFirst().split(separator: UInt8(ascii: "&")) {
      let name = parameter.prefix { $0 != UInt8(ascii: "=") }
      let value = String(Substring(parameter[name.endIndex...].dropFirst()))
      take(value, for: String(Substring(name)))
    }
    guard isSafe else { return nil }
  }

  /// Parses keywords and values as libpq does (`host=db.local password='it''s'`; a backslash escapes the next
  /// character); nil if that fails.
  init?(keysAndValues text: String) {
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      return nil
    }
    var rest = Substring(text)
    func skipSpaces() { rest = rest.drop { $0 == " " } }
    skipSpaces()
    while !rest.isEmpty {
      let name = rest.prefix { $0 != "=" && $0 != " " }
      rest = rest[name.endIndex...]
      skipSpaces()
      guard rest.popFirst() == "=" else { return nil }
      skipSpaces()
      guard let value = Self.takeValue(&rest) else { return nil }
      take(value, for: String(name))
      skipSpaces()
    }
    guard isSafe else { return nil }
  }

  /// Takes a value in quotes, or up to a space; nil if a quote is not closed.
  private static func takeValue(_ rest: inout Substring) -> String? {
    let isQuoted = rest.first == "'"
    if isQuoted { rest.removeFirst() }
    var value = ""
    while let next = rest.popFirst() {
      if next == (isQuoted ? "'" : " ") { return value }
      guard next == "\\" else {
        value.append(next)
        continue
      }
      if let escaped = rest.popFirst() { value.append(escaped) }
    }
    return isQuoted ? nil : value
  }

  /// Stores the value of a parameter that may be shown.
  private mutating func take(_ value: String, for name: String) {
    switch name {
    case "user": user = value.replacing("@", with: "%40")
    case "host": host = value
    case "hostaddr" where host.isEmpty: host = value
    case "port": port = value
    case "dbname": database = value
    default: break
    }
  }

  /// Whether the shown parts can't contain a password: libpq parses a database name with an `=` as a
  /// connection string of its own.
  private var isSafe: Bool {
    port?.utf8.allSatisfy(Self.isPort) != false && !database.contains("=")
      && !database.contains("://") && !database.lowercased().contains("%3d")
      && description.withoutPasswords == description
  }

  var description: String {
    "postgres://\(user.map { $0 + "@" } ?? "")\(host)\(port.map { ":" + $0 } ?? "")/\(database)"
  }

  /// Returns whether the port of every host is a number or missing.
  private static func areHosts(_ text: Substring) -> Bool {
    text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { host in
      guard let colon = host.lastIndex(of: ":"), host.last != "]" else { return true }
      return host[host.index(after: colon)...].utf8.allSatisfy(isPort)
    }
  }

  private static func isPort(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ",")
  }
}
