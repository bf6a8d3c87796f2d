import CPostgres
import Errors
import Ratings

/// The address of a server as libpq parses it, with the secrets that messages must not show.
struct PostgresAddress: Sendable {
  /// The location, which determines the display name.
  let location: StoreLocation
  /// The texts that must not appear in messages.
  private let secrets: [String]

  /// The server's name in messages, without passwords.
  var name: String { location.description }

  /// Parses a URL as libpq does.
  init(url: String) throws(StoreError) {
    location = try StoreLocation(url)
    // libpq's message is not shown: it may contain part of the password.
    let options = PQconninfoParse(location.unredacted, nil)
    defer { PQconninfoFree(options) }
    guard location.kind == .postgres, let options else {
      throw StoreError(
        .unreachable, "the URL is malformed", place: "postgres://...",
        remedy: """
          Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with only parameters that libpq knows and \
          all but letters and digits percent-encoded (%40 for @).
          """)
    }
    var secrets: [String] = []
    var option = options
    while option.pointee.keyword != nil {
      // libpq marks options to be hidden this way.
      if let value = option.pointee.val, value.pointee != 0,
        String(cString: option.pointee.dispchar).contains("*")
      {
        secrets.append(String(cString: value))
      }
      option += 1
    }
    self.secrets = secrets
  }

  /// Returns `message` on one line, without passwords. A line that begins with a capital letter starts a new
  /// sentence. If it is not indented, it starts another message: libpq appends its own messages to the
  /// server's.
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
