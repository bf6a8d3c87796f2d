import Errors

/// Where a store is: `sqlite:PATH` or `postgres://...`, as `--store` names it.
///
/// A server's URL may hold passwords. ``unredacted`` alone has them: no description of a location
/// shows them, and no error repeats a text that could not be read as one.
package struct StoreLocation: Equatable, Sendable {
  /// The database that keeps the store.
  package enum Kind: Equatable, Sendable {
    case sqlite
    case postgres
  }

  /// The database that keeps it.
  package let kind: Kind
  /// What the database's library opens: a path, or a URL as libpq reads it, passwords included. Not to
  /// be shown.
  package let unredacted: String
  /// The location without passwords, which messages and records name the store by: `sqlite:PATH` or
  /// `postgres://USER@HOST:PORT/DATABASE`, as far as the URL says so.
  package let description: String

  /// Reads a store's URL. A text without a scheme is taken for a mistake, not for a file, so that a
  /// misspelt `postgres` does not make an empty SQLite file.
  package init(_ text: String) throws(StoreError) {
    if text.hasPrefix("sqlite:") {
      var path = String(text.dropFirst("sqlite:".count))
      if path.hasPrefix("//") { path.removeFirst(2) }
      try Self.checkFile(path)
      self.init(file: path)
    } else if let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix) {
      guard let name = ServerName(text.dropFirst(scheme.count).utf8) else {
        throw StoreError(
          .unreachable, "the URL can't be read", place: "postgres://...",
          remedy: """
            Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, other than letters and digits \
            percent-encoded (%40 for @).
            """)
      }
      self.init(.postgres, text, shown: name.description)
    } else {
      throw StoreError(
        .unreachable, "it begins with neither sqlite: nor postgres://", place: "the store's URL",
        remedy: "Write sqlite:PATH or postgres://USER@HOST/DATABASE.")
    }
  }

  /// The store in the SQLite file at `path`.
  package init(file path: String) {
    self.init(.sqlite, path, shown: "sqlite:" + path)
  }

  private init(_ kind: Kind, _ unredacted: String, shown description: String) {
    self.kind = kind
    self.unredacted = unredacted
    self.description = description
  }

  /// Throws unless a file can be meant by `path`, and not a server that was put behind `sqlite:`.
  private static func checkFile(_ path: String) throws(StoreError) {
    guard !path.isEmpty else {
      throw StoreError(
        .unreachable, "the URL names no file", place: "sqlite:",
        remedy: "Write a path behind it, such as sqlite:latent.sqlite.")
    }
    guard !path.contains("://"), path.withoutPasswords == path,
      path.firstMatch(of: #/(?s):.*@/#) == nil
    else {
      throw StoreError(
        .unreachable, "the path looks like a server's address or holds a password",
        place: "sqlite:...",
        remedy: "Write sqlite:PATH for a file, or postgres://USER@HOST/DATABASE for a server.")
    }
  }
}

extension StoreLocation: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var debugDescription: String { description }
  /// Has no children, so that a dump shows no more than the description.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What of a server's URL is shown.
private struct ServerName: CustomStringConvertible {
  private var user: String?
  private var host = ""
  private var port: String?
  private var database = ""

  /// Reads what stands behind the scheme as libpq does; nil where libpq might take a part of a password
  /// for something else, since a character of it is not percent-encoded.
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
      switch String(Substring(name)) {
      case "user": user = value.replacing("@", with: "%40")
      case "host": host = value
      case "hostaddr" where host.isEmpty: host = value
      case "port": port = value
      case "dbname": database = value
      default: break
      }
    }
    guard port?.utf8.allSatisfy(Self.isPort) != false, !database.contains("="),
      !database.lowercased().contains("%3d"), description.withoutPasswords == description
    else { return nil }
  }

  var description: String {
    "postgres://\(user.map { $0 + "@" } ?? "")\(host)\(port.map { ":" + $0 } ?? "")/\(database)"
  }

  /// Whether each of the hosts has a number for its port, or none.
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
