import Errors

/// A store's location as given to `--store`: `sqlite:PATH`, `postgres://...` or libpq's `host=...
/// dbname=...`.
///
/// A server's address may contain passwords. Only ``unredacted`` has them: a location's description does not
/// show them, and errors do not repeat a text that could not be parsed.
package struct StoreLocation: Equatable, Sendable {
  /// The kind of database.
  package enum Kind: Equatable, Sendable {
    case sqlite
    case postgres
  }

  /// The kind of the store's database.
  package let kind: Kind
  /// What the database's library opens: a path, or an address in libpq's form, including passwords. Must not
  /// be shown.
  package let unredacted: String
  /// The location without passwords, as messages and records show it: `sqlite:PATH` or
  /// `postgres://USER@HOST:PORT/DATABASE`, with the parts that the URL has.
  package let description: String

  /// Parses a store's URL. A text without a scheme is an error rather than a file, so that a misspelt
  /// `postgres` does not create an empty SQLite file.
  package init(_ text: String) throws(StoreError) {
    if text.hasPrefix("sqlite:") {
      var path = String(text.dropFirst("sqlite:".count))
      if path.hasPrefix("//") { path.removeFirst(2) }
      try Self.checkFile(path)
      self.init(file: path)
    } else if let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix) {
      guard let name = ServerName(text.dropFirst(scheme.count).utf8) else {
        throw StoreError(
          .unreachable, "the URL is malformed", place: "postgres://...",
          remedy: """
            Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with all but letters and digits \
            percent-encoded (%40 for @).
            """)
      }
      self.init(.postgres, text, shown: name.description)
    } else if text.firstMatch(of: #/^\s*[A-Za-z_]+\s*=/#) != nil {
      guard let name = ServerName(keysAndValues: text) else {
        throw StoreError(
          .unreachable, "the connection string is malformed", place: "host=...",
          remedy: """
            Write host=HOST port=PORT dbname=DATABASE user=USER, as for libpq, with values that \
            contain spaces in single quotes.
            """)
      }
      self.init(.postgres, text, shown: name.description)
    } else {
      throw StoreError(
        .unreachable, "it begins with neither sqlite: nor postgres://", place: "the store's URL",
        remedy: "Write sqlite:PATH, postgres://USER@HOST/DATABASE or host=HOST dbname=DATABASE.")
    }
  }

  /// Creates the location of the SQLite file at `path`.
  package init(file path: String) {
    self.init(.sqlite, path, shown: "sqlite:" + path)
  }

  private init(_ kind: Kind, _ unredacted: String, shown description: String) {
    self.kind = kind
    self.unredacted = unredacted
    self.description = description
  }

  /// Throws unless `path` can be a file, rather than a server's address after `sqlite:`.
  private static func checkFile(_ path: String) throws(StoreError) {
    guard !path.isEmpty else {
      throw StoreError(
        .unreachable, "the URL names no file", place: "sqlite:",
        remedy: "Add a path, such as sqlite:latent.sqlite.")
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
  /// Has no children, so that a dump shows only the description.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
