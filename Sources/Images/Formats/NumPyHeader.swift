/// The header of a `.npy` file: a Python dictionary literal with the keys descr, fortran_order and shape
/// (numpy.lib.format, versions 1 to 3).
struct NumPyHeader {
  let type: SampleType
  let shape: [Int]
  /// The offset of the array's data.
  let byteCount: Int

  /// The magic bytes of the file.
  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  init(_ file: EncodedImage) throws(ImageError) {
    let bytes = file.bytes
    guard bytes.count >= 10 else { throw file.truncated("ends within its header") }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    guard (1...3).contains(bytes[6]), bytes.count >= 8 + lengthBytes else {
      throw file.broken("has an unknown version of the NumPy format")
    }
    let length = bytes[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.lengthLimit else {
      throw file.broken("its header has \(length) bytes, and the limit is \(Self.lengthLimit)")
    }
    byteCount = 8 + lengthBytes + length
    guard byteCount <= bytes.count else { throw file.truncated("ends within its header") }

    var scanner = PythonScanner(bytes[8 + lengthBytes..<byteCount])
    guard let fields = scanner.dictionary(), let description = fields["descr"] else {
      throw file.broken("its NumPy header is invalid")
    }
    guard case .text(let name) = description, let type = Self.types[name] else {
      throw file.unsupported(
        "its dtype is not supported",
        remedy:
          "Convert them: array.astype('<f4'); '|u1', '<u2', '<i2' and '<f8' are supported, too."
      )
    }
    guard let order = fields["fortran_order"], case .tuple(let shape)? = fields["shape"] else {
      throw file.broken("its NumPy header is invalid")
    }
    guard order == .word("False") else {
      throw file.unsupported(
        "its array is in Fortran order", remedy: "Save numpy.ascontiguousarray(array).")
    }
    self.type = type
    self.shape = shape
  }

  private static let types: [String: SampleType] = [
    "|u1": .uint8, "<u1": .uint8, "<u2": .uint16, "<u4": .uint32, "<i2": .int16, "<f4": .float32,
    "<f8": .float64,
  ]

  /// The maximum number of bytes: NumPy's own limit is 10,000.
  private static let lengthLimit = 1 << 16
}

/// Parses the few Python literals that such a header contains.
private struct PythonScanner {
  enum Value: Equatable {
    case text(String)
    case word(String)
    case tuple([Int])
    /// A list, as in structured types.
    case list
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Parses the whole text: a dictionary, followed by white space only. Nil for anything else.
  mutating func dictionary() -> [String: Value]? {
    guard take("{") else { return nil }
    var fields: [String: Value] = [:]
    while !take("}") {
      guard let key = text(), take(":"), let value = value(), fields[key] == nil else { return nil }
      fields[key] = value
      if value == .list { return fields }
      guard take(",") || next == UInt8(ascii: "}") else { return nil }
    }
    return rest.allSatisfy { $0 == 0x20 || $0 == 0x0A } ? fields : nil
  }

  private var next: UInt8? {
    mutating get {
      rest = rest.drop { $0 == 0x20 || $0 == 0x0A }
      return rest.first
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func value() -> Value? {
    switch next {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return text().map { .text($0) }
    case UInt8(ascii: "("): return tuple().map { .tuple($0) }
    case UInt8(ascii: "["): return .list
    default:
      let word = rest.prefix { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
      rest = rest.dropFirst(word.count)
      return word.isEmpty ? nil : .word(String(decoding: word, as: UTF8.self))
    }
  }

  private mutating func text() -> String? {
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      return nil
    }
    let content = rest.dropFirst().prefix { $0 != quote }
    rest = rest.dropFirst(content.count + 1)
    guard !rest.isEmpty else { return nil }
    rest = rest.dropFirst()
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var numbers: [Int] = []
    while !take(")") {
      guard next != nil else { return nil }
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)), numbers.count < 8 else {
        return nil
      }
      rest = rest.dropFirst(digits.count)
      numbers.append(number)
      guard take(",") || next == UInt8(ascii: ")") else { return nil }
    }
    return numbers
  }
}
