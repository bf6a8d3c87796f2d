import LineProtocol

/// The target of an HTTP request: a path, and named parameters behind a question mark.
struct HTTPTarget: Sendable, Equatable {
  /// The error for a malformed target.
  struct Unreadable: Error {}

  /// A parameter.
  struct Parameter: Sendable, Equatable {
    let name: String
    let value: String
  }

  let path: String
  let parameters: [Parameter]

  /// Parses `target`, `/path?name=value&...` with %XX for bytes, and + for a space behind the question mark.
  init(_ target: String) throws(Unreadable) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard target.hasPrefix("/") else { throw Unreadable() }
    path = try Self.decoded(parts[0], plusIsSpace: false)
    var parameters: [Parameter] = []
    for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append(
        Parameter(
          name: try Self.decoded(sides[0], plusIsSpace: true),
          value: sides.count > 1 ? try Self.decoded(sides[1], plusIsSpace: true) : ""))
    }
    self.parameters = parameters
  }

  private static func decoded(
    _ text: Substring, plusIsSpace: Bool
  ) throws(Unreadable) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        let digits = rest.prefix(2)
        rest = rest.dropFirst(2)
        guard digits.count == 2,
          digits.allSatisfy({ $0 < 0x80 && Character(UnicodeScalar($0)).isHexDigit }),
          let value = UInt8(Substring(digits), radix: 16)
        else { throw Unreadable() }
        bytes.append(value)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else { throw Unreadable() }
    return decoded
  }
}
