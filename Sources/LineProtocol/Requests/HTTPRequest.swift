/// Distinguishes HTTP from this protocol. A web page can make a browser send a request of its choice to any address,
/// and the lines of its body would be requests.
enum HTTPRequest {
  /// Longer than the name of any method.
  private static let wordLimit = 32

  /// Returns whether `line`, without its line feed, is the first of an HTTP request (a method, a target, a version), or
  /// begins with a word by which Redis detects one: `POST`, or the header `Host:`. A line that begins with one of
  /// `commands` is not, whatever it ends with.
  static func isBegun(
    by line: UnsafeRawBufferPointer, besides commands: CommandTable
  ) -> Bool {
    let length = line.prefix(wordLimit + 1).prefix { $0 > 0x20 }.count
    guard (1...wordLimit).contains(length) else { return false }
    let isVersioned = endsWithVersion(line)
    guard isVersioned || length == 4 || length == 5 else { return false }
    let first = Array(line[..<length])
    switch ProtocolWord.read(first[...]) {
    case "POST", "HOST:": return true
    case nil: return false
    default: return isVersioned && commands.find(first[...]) == nil
    }
  }

  /// Returns whether `line` ends with ` HTTP/1.1` or the like, including `HTTP/2`.
  private static func endsWithVersion(_ line: UnsafeRawBufferPointer) -> Bool {
    var end = line.count
    if end > 0, line[end - 1] == .carriageReturn { end -= 1 }
    guard end > 0, line[end - 1].isDigit else { return false }
    end -= 1
    if end > 1, line[end - 1] == UInt8(ascii: "."), line[end - 2].isDigit { end -= 2 }
    let name = " HTTP/".utf8
    return end >= name.count && line[(end - name.count)..<end].elementsEqual(name)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
