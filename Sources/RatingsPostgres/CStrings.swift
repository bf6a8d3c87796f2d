import CPostgres
import Foundation

/// Hands over `strings` as C takes them, nil for nil. None may hold a NUL, which would end it.
func withCStrings<Result>(
  _ strings: [String?], _ body: ([UnsafePointer<CChar>?]) throws -> Result
) rethrows -> Result {
  precondition(!strings.contains { $0?.utf8.contains(0) ?? false }, "a text with a NUL character")
  let copies = strings.map { $0.map { strdup($0) } ?? nil }
  defer { for copy in copies { free(copy) } }
  return try body(copies.map { $0.map { UnsafePointer($0) } })
}
