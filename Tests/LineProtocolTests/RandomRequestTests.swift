import LineProtocol
import NIOCore
import TestEnvironment
import Testing

/// Random requests, encoded in every possible way, parse back to the same arguments. Anything else must not crash, and
/// the result must not depend on how the stream is split.
struct RandomRequestTests {
  /// Returns an argument, quoted in a randomly chosen way that can express it.
  static func quoted(_ argument: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    let isPlain =
      !argument.isEmpty
      && argument.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x27 && $0 != UInt8(ascii: "*") }
    if isPlain, Bool.random(using: &random) { return argument }
    // Single quotes cannot express a line feed, and a backslash before a quote would escape it.
    let fitsSingle = !argument.contains(0x0A) && !argument.contains(0x5C)
    if fitsSingle, Bool.random(using: &random) {
      return [0x27] + argument.flatMap { $0 == 0x27 ? [0x5C, 0x27] : [$0] } + [0x27]
    }
    let named: [UInt8: Character] = [0x0A: "n", 0x0D: "r", 0x09: "t", 0x08: "b", 0x07: "a"]
    return [0x22]
      + argument.flatMap { byte -> [UInt8] in
        if byte == 0x22 || byte == 0x5C { return [0x5C, byte] }
        if let name = named[byte]?.asciiValue, Bool.random(using: &random) { return [0x5C, name] }
        guard byte < 0x20 || Int.random(in: 0..<4, using: &random) == 0 else { return [byte] }
        let digits = String(byte, radix: 16, uppercase: Bool.random(using: &random))
        return Array("\\x\(digits.count == 1 ? "0" : "")\(digits)".utf8)
      } + [0x22]
  }

  static func argument(_ random: inout SplitMix64) -> [UInt8] {
    let hostile: [UInt8] = Array("\"'\\ \n\r\t\0*$x".utf8)
    return (0..<Int.random(in: 0..<12, using: &random)).map { _ in
      Bool.random(using: &random)
        ? UInt8.random(in: 0...255, using: &random) : hostile.randomElement(using: &random) ?? 0
    }
  }

  @Test func requestsQuotedAtRandomReadBack() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      var expected: [ParsedStream.Event] = []
      for _ in 0..<Int.random(in: 1..<8, using: &random) {
        let arguments = (0..<Int.random(in: 1..<6, using: &random)).map { _ in
          Self.argument(&random)
        }
        if Bool.random(using: &random) {
          bytes += encodedArray(arguments)
          expected.append(.request(.array, arguments))
        } else {
          bytes += Array(arguments.map { Self.quoted($0, &random) }.joined(separator: [0x20]))
          bytes += Bool.random(using: &random) ? [0x0A] : [0x0D, 0x0A]
          expected.append(.request(.line, arguments))
        }
      }
      #expect(ParsedStream(bytes).events == expected)
      let pieces = (0..<40).map { _ in Int.random(in: 1..<9, using: &random) }
      #expect(ParsedStream(bytes, pieces: pieces).events == expected)
    }
  }

  @Test func randomBytesNeverCrashNorDependOnHowTheyAreCut() {
    var random = SplitMix64(seed: 2)
    let alphabet: [UInt8] = Array("*$0123456789-\r\n\"'\\x ab".utf8)
    let limits = RequestLimits(requestBytes: 64, argumentCount: 6)
    for round in 0..<4000 {
      var bytes = (0..<Int.random(in: 0..<120, using: &random)).map { _ in
        round % 2 == 0
          ? UInt8.random(in: 0...255, using: &random) : alphabet.randomElement(using: &random) ?? 0
      }
      if round % 3 == 0 {
        bytes = encodedArray((0..<3).map { _ in Self.argument(&random) })
        let position = Int.random(in: 0..<bytes.count, using: &random)
        bytes[position] = UInt8.random(in: 0...255, using: &random)
      }
      let whole = ParsedStream(bytes, limits: limits)
      #expect(ParsedStream(bytes, pieces: [1], limits: limits) == whole, "\(bytes)")
      let pieces = (0..<40).map { _ in Int.random(in: 1..<20, using: &random) }
      #expect(ParsedStream(bytes, pieces: pieces, limits: limits) == whole, "\(bytes)")
    }
  }

  @Test func aLongRequestByteByByteCostsNoMoreThanItsLength() {
    // Rescanning from the start for each byte would take minutes.
    let text = [UInt8](repeating: 0x78, count: 65_000)
    for bytes in [text + [0x0A], encodedArray([text])] {
      #expect(ParsedStream(bytes, pieces: [1]).events.count == 1)
    }
  }
}
