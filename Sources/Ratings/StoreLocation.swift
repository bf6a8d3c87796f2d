import Errors

/// Where a store is: `sqlite:PATH`, `postgres://...` or libpq's `host=... dbname=...`, as `--store` names it.
///
/// A server's address may hold passwords. ``unredacted`` alone has them: no description of a location
/// shows them, and no error repeats a text that could not be read as one.
package struct StoreLocation: Equatable, Sendable {
  /// The database that keeps the store.
  package enum Kind: Equatable, Sendable {
    case sqlite
    case postgres
  }

  /// The database that keeps it.
  package let kind: Kind
  /// What the database's library opens: a path, or an address as libpq reads it, passwords included. Not to
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
    } else if text.firstMatch(of: #/^\s*[A-Za-z_]+\s*=/#) != nil {
      guard let name = ServerName(keysAndValues: text) else {
        throw StoreError(
          .unreachable, "the server's keys and values can't be read", place: "host=...",
          remedy: """
            Write host=HOST port=PORT dbname=DATABASE user=USER, as libpq has it, with values that \
            hold spaces in single quotes.
            """)
      }
      self.init(.postgres, text, shown: name.description)
    } else {
      throw StoreError(
        .unreachable, "it begins with neither sqlite: nor postgres://", place: "the store's URL",
        remedy: "Write sqlite:PATH, postgres://USER@HOST/DATABASE or host=HOST dbname=DATABASE.")
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
