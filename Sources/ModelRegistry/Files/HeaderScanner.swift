/// A scanner for safetensors headers: the part of JSON (RFC 8259) that the format uses.
///
/// It reads strings, whole numbers and single punctuation marks. The caller's fixed grammar decides what nests and
/// how deep, so hostile input cannot exhaust the stack.
struct HeaderScanner {
  /// The position and the reason of a syntax error.
  struct Flaw: Error {
    let code: ModelFileErrorCode
    /// The byte offset in the header, from 0.
    let position: Int
    /// A description of what was expected there.
    let expected: String
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0

  /// Creates a scanner of `bytes`, which must be valid UTF-8 and outlive the scanner.
  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Returns the next non-whitespace byte without consuming it, or nil at the end.
  mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return bytes[position]
      }
    }
    return nil
  }

  /// Consumes `mark` if it is next.
  mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard let byte = peek(), UInt32(byte) == mark.value else { return false }
    position += 1
    return true
  }

  /// Consumes `mark`. Throws if it is not next.
  mutating func expect(_ mark: Unicode.Scalar) throws(Flaw) {
    guard take(mark) else { throw flaw("'\(mark)'") }
  }

  /// Consumes the end of the header. Throws if anything but whitespace is left.
  mutating func expectEnd() throws(Flaw) {
    guard peek() == nil else { throw flaw("the end of the header") }
  }

  /// Consumes a non-negative whole number, written in digits without leading zeros.
  mutating func number() throws(Flaw) -> Int {
    guard let first = peek(), isDigit(first) else { throw flaw("a whole number") }
    let start = position
    var number = 0
    while position < bytes.count, isDigit(bytes[position]) {
      let (tens, tooLarge) = number.multipliedReportingOverflow(by: 10)
      let (next, overflow) = tens.addingReportingOverflow(Int(bytes[position] - 0x30))
      guard !tooLarge, !overflow else { throw flaw("a number below 2^63", at: start) }
      number = next
      position += 1
    }
    guard first != 0x30 || position == start + 1 else {
      throw flaw("a number without leading zeros", at: start)
    }
    return number
  }

  /// Consumes an array of whole numbers.
  mutating func numbers() throws(Flaw) -> [Int] {
    try expect("[")
    var numbers: [Int] = []
    if take("]") { return numbers }
    repeat { numbers.append(try number()) } while take(",")
    try expect("]")
    return numbers
  }

  /// Consumes an object. `read` consumes the value of each member; it gets the member's name and the position at
  /// which the name ended.
  mutating func members(
    orNone mayBeEmpty: Bool = true,
    _ read: (inout HeaderScanner, _ name: String, _ end: Int) throws(Flaw) -> Void
  ) throws(Flaw) {
    try expect("{")
    if mayBeEmpty, take("}") { return }
    repeat {
      let name = try string()
      let end = position
      try expect(":")
      try read(&self, name, end)
    } while take(",")
    try expect("}")
  }

  /// Consumes a string and returns its text with escapes resolved.
  mutating func string() throws(Flaw) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case 0x22:
        position += 1
        return String(decoding: text, as: UTF8.self)
      case 0x5C:
        try appendEscaped(to: &text)
      case 0..<0x20:
        throw flaw("no control character in a string")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw flaw("the end of a string")
  }

  private mutating func appendEscaped(to text: inout [UInt8]) throws(Flaw) {
    let start = position
    position += 1
    guard position < bytes.count else { throw flaw("the end of an escape") }
    let letter = bytes[position]
    position += 1
    switch letter {
    case 0x22, 0x5C, 0x2F: text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count,
        bytes[position] == 0x5C, bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw flaw("a surrogate pair", at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw flaw("a surrogate pair", at: start) }
      text.append(contentsOf: String(scalar).utf8)
    default:
      throw flaw("a valid escape", at: start)
    }
  }

  private mutating func hexadecimal() throws(Flaw) -> UInt32 {
    guard bytes.count - position >= 4 else { throw flaw("four hexadecimal digits") }
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw flaw("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Returns the error for input other than `expected` at `position`, or at the current position.
  func flaw(
    _ expected: String, at position: Int? = nil, code: ModelFileErrorCode = .badHeader
  ) -> Flaw {
    Flaw(code: code, position: position ?? self.position, expected: expected)
  }
}
