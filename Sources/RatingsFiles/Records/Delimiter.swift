/// The delimiter between the columns of a file: one byte or two.
package struct Delimiter: Equatable, Sendable, CustomStringConvertible {
  let first: UInt8
  let second: UInt8?

  /// The comma of CSV.
  package static let comma = Delimiter(UInt8(ascii: ","))
  /// The tab of TSV.
  package static let tab = Delimiter(UInt8(ascii: "\t"))
  /// The semicolon, which spreadsheets write in locales with a decimal comma.
  package static let semicolon = Delimiter(UInt8(ascii: ";"))
  /// The vertical bar.
  package static let bar = Delimiter(UInt8(ascii: "|"))
  /// The double colon of MovieLens's older data sets.
  package static let doubleColon = Delimiter(UInt8(ascii: ":"), UInt8(ascii: ":"))

  /// The delimiters that can be detected, in order of preference.
  static let detectable: [Delimiter] = [.doubleColon, .tab, .semicolon, .comma, .bar]

  private init(_ first: UInt8, _ second: UInt8? = nil) {
    self.first = first
    self.second = second
  }

  /// Parses a delimiter: `tab`, `\t`, or one or two literal ASCII characters. nil for anything else, and for
  /// letters, digits, quotes, points, signs and line ends, which columns need.
  package init?(_ text: String) {
    let bytes = Array(["tab", "\\t"].contains(text) ? "\t".utf8 : text.utf8)
    let isUsable = bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "\t"): true
      case UInt8(ascii: "\""), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"): false
      case 0x20...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
      default: false
      }
    }
    guard isUsable, (1...2).contains(bytes.count) else { return nil }
    self.init(bytes[0], bytes.count == 2 ? bytes[1] : nil)
  }

  /// Whether columns are quoted as in RFC 4180 by default: in CSV and its variants.
  var isUsuallyQuoted: Bool { self == .comma || self == .semicolon }

  package var description: String {
    if self == .tab { return "tab" }
    return String(decoding: [first] + (second.map { [$0] } ?? []), as: UTF8.self)
  }
}
