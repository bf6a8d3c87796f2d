import ExplainedErrors

/// Which store a URL names: `sqlite:PATH` or `postgres://...`.
package enum StoreLocation: Equatable, Sendable {
  case sqlite(path: String)
  /// The whole URL, as libpq reads it.
  case postgres(url: String)

  /// Reads a store's URL. A text without a scheme is taken for a mistake, not for a file, so that a
  /// misspelt `postgres` does not make an empty SQLite file.
  package init(_ text: String) throws(StoreError) {
    if text.hasPrefix("sqlite:") {
      var path = String(text.dropFirst("sqlite:".count))
      if path.hasPrefix("//") { path.removeFirst(2) }
      guard !path.isEmpty else {
        throw StoreError(
          .unreachable, "the URL names no file", place: text,
          remedy: "Write a path behind it, such as sqlite:latent.sqlite.")
      }
      self = .sqlite(path: path)
    } else if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
      self = .postgres(url: text)
    } else {
      throw StoreError(
        .unreachable, "not a store's URL", place: Self.withoutPassword(text),
        remedy: "Write sqlite:PATH or postgres://USER@HOST/DATABASE.")
    }
  }

  /// A text that may be a misspelt URL, without what stands before its last `@`.
  private static func withoutPassword(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
    return scheme + "..." + text[at...]
  }
}
