import Foundation

/// The credentials of an HTTP request, from its `Authorization` header (RFC 7617): a name and a password.
struct BasicAuthorization: Equatable {
  /// The header as received.
  let header: String
  let user: String
  let password: String

  /// Parses the header; `nil` if it is missing or not of that scheme.
  init?(_ header: String?) {
    guard let header, let space = header.firstIndex(of: " "),
      header[..<space].lowercased() == "basic",
      let data = Data(base64Encoded: header[space...].trimmingCharacters(in: .whitespaces)),
      let text = String(validating: data, as: UTF8.self), let colon = text.firstIndex(of: ":")
    else { return nil }
    self.header = header
    user = String(text[..<colon])
    password = String(text[text.index(after: colon)...])
  }
}
