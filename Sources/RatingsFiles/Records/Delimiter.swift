/// What stands between the columns of a file: one byte or two.
package struct Delimiter: Equatable, Sendable, CustomStringConvertible {
  let first: UInt8
  let second: UInt8?

  /// The comma of CSV.
  package static let comma = Delimiter(UInt8(ascii: ","))
  /// The tabulator of TSV.
  package static let tab = Delimiter(UInt8(ascii: "\t"))
  /// The semicolon, which spreadsheets write where the comma is the decimal point.
  package static let semicolon = Delimiter(UInt8(ascii: ";"))
  /// The bar.
  package static let bar = Delimiter(UInt8(ascii: "|"))
  /// The double colon of MovieLens's older sets.
  package static let doubleColon = Delimiter(UInt8(ascii: ":"), UInt8(ascii: ":"))

  /// Those that are found without being told, in order of preference.
  static let detectable: [Delimiter] = [.doubleColon, .tab, .semicolon, .comma, .bar]

  private init(_ first: UInt8, _ second: UInt8? = nil) {
    self.first = first
    self.second = second
  }

  /// Reads a delimiter: `tab` or `\t`, or one or two ASCII characters as they are; nil for anything
  /// else, and for letters, digits, quotes, points, signs and line ends, which the columns need.
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

  /// Whether columns are quoted as RFC 4180 has it where nothing shows the contrary: in CSV and its kin.
  var isUsuallyQuoted: Bool { self == .comma || self == .semicolon }

  package var description: String {
    if self == .tab { return "tab" }
    return String(decoding: [first] + (second.map { [$0] } ?? []), as: UTF8.self)
  }
}
