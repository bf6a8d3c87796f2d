import CPostgres
import Errors
import Ratings

/// Where a server is, as libpq reads it, and what must not appear in a message about it.
struct PostgresAddress: Sendable {
  /// The location, which alone says how it is shown.
  let location: StoreLocation
  /// What must not appear in a message.
  private let secrets: [String]

  /// What messages name the server by: without passwords.
  var name: String { location.description }

  /// Reads a URL as libpq does.
  init(url: String) throws(StoreError) {
    location = try StoreLocation(url)
    // The message is not shown: it may hold a part of the password.
    let options = PQconninfoParse(location.unredacted, nil)
    defer { PQconninfoFree(options) }
    guard location.kind == .postgres, let options else {
      throw StoreError(
        .unreachable, "the URL can't be read", place: "postgres://...",
        remedy: """
          Write postgres://USER:PASSWORD@HOST:PORT/DATABASE and only parameters that libpq knows, \
          other than letters and digits percent-encoded (%40 for @).
          """)
    }
    var secrets: [String] = []
    var option = options
    while option.pointee.keyword != nil {
      // So libpq marks the options that are to be hidden.
      if let value = option.pointee.val, value.pointee != 0,
        String(cString: option.pointee.dispchar).contains("*")
      {
        secrets.append(String(cString: value))
      }
      option += 1
    }
    self.secrets = secrets
  }

  /// `message` on one line, without passwords. Where a line begins with a capital, a sentence ends before it; one that is not indented is another
  /// message, as libpq puts what it says itself behind what the server said.
  func redacted(_ message: String) -> String {
    var line = ""
    for next in message.split(whereSeparator: \.isNewline) {
      let words = next.trimmingPrefix(/\s+/)
      guard let first = words.first else { continue }
      let isOpen = line.last.map { $0.isLetter || $0.isNumber || $0 == ")" || $0 == "\"" } ?? false
      if isOpen, first.isUppercase {
        line += "."
      } else if isOpen, words.startIndex == next.startIndex {
        line += ";"
      }
      line += (line.isEmpty ? "" : " ") + words
    }
    return secrets.reduce(line) { $0.replacing($1, with: "***") }
  }
}
