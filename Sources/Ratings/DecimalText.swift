extension Double {
  /// The finite number that `text` is written as in decimal digits, such as `4`, `-0.5`, `2e3`; nil for anything else, hexadecimal
  /// digits and `nan` among it.
  package init?(decimal text: some StringProtocol) {
    let isNumeral = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    guard isNumeral, let number = Double(text), number.isFinite else { return nil }
    self = number
  }
}

extension Float {
  /// The number nearest to ``Double/init(decimal:)``; nil where that is none, or beyond the range.
  package init?(decimal text: some StringProtocol) {
    guard Double(decimal: text) != nil, let number = Float(text), number.isFinite else {
      return nil
    }
    self = number
  }
}
