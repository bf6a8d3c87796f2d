extension Double {
  /// Parses `text` as a finite decimal number, such as `4`, `-0.5` or `2e3`; nil for anything else, including
  /// hexadecimal digits and `nan`.
  package init?(decimal text: some StringProtocol) {
    let isNumeral = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    guard isNumeral, let number = Double(text), number.isFinite else { return nil }
    self = number
  }
}

extension Float {
  /// Rounds ``Double/init(decimal:)`` to the nearest number; nil if that is nil or out of range.
  package init?(decimal text: some StringProtocol) {
    guard Double(decimal: text) != nil, let number = Float(text), number.isFinite else {
      return nil
    }
    self = number
  }
}
