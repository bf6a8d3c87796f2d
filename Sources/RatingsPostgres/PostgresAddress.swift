import CPostgres
import ExplainedErrors
import Ratings

/// Where a server is, and how that may be shown: without its password.
struct PostgresAddress: Sendable {
  /// The whole URL, password included: never to be shown.
  let url: String
  /// `postgres://USER@HOST:PORT/DATABASE`, as far as the URL says so.
  let name: String
  /// What must not appear in a message.
  private let secrets: [String]

  /// Reads a URL as libpq does.
  init(url: String) throws(StoreError) {
    var message: UnsafeMutablePointer<CChar>?
    let options = PQconninfoParse(url, &message)
    defer {
      PQconninfoFree(options)
      // The message is not shown: it may hold a part of the password.
      PQfreemem(message)
    }
    guard let options, !url.utf8.contains(0) else {
      throw StoreError(
        .unreachable, "the URL can't be read", place: "postgres://...",
        remedy: """
          Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, other than letters and digits \
          percent-encoded (%40 for @).
          """)
    }
    var values: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val {
        values[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    self.url = url
    secrets = ["password", "sslpassword"].compactMap { values[$0] }.filter { !$0.isEmpty }
    let user = values["user"].map { $0 + "@" } ?? ""
    let port = values["port"].map { ":" + $0 } ?? ""
    name =
      "postgres://\(user)\(values["host"] ?? values["hostaddr"] ?? "")\(port)"
      + "/\(values["dbname"] ?? "")"
  }

  /// `message` on one line, without passwords.
  func redacted(_ message: String) -> String {
    let line = message.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(/\s+/) }
      .joined(separator: " ")
    return secrets.reduce(line) { $0.replacing($1, with: "***") }
  }
}
