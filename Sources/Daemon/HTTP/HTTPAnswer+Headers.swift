import Foundation
import NIOCore

extension HTTPAnswer {
  /// Returns the headers of the answer, except those that say how the connection goes on.
  func fields(identifier: String) -> [(String, String)] {
    var fields = [
      ("Date", Self.date()), ("Content-Type", contentType),
      ("Content-Length", "\(body.readableBytes)"), ("Cache-Control", "no-store"),
      ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Resource-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
      ("X-Request-Id", identifier),
    ]
    if !headers.contains(where: { $0.name == "Content-Security-Policy" }) {
      fields.append(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))
    }
    return fields + headers.map { ($0.name, $0.value) }
  }

  /// Returns the current time in HTTP's format.
  private static func date() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 40)
    let length = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
