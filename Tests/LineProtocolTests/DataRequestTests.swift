import LineProtocol
import NIOCore
import Testing

/// Commands that take data: the maximum length of their requests, and the arguments that may replace the data.
struct DataRequestTests {
  private typealias DataCommand = Command<Int, String>

  private static let source = Argument.choice([
    Argument.Alternative("IMAGE", value: "bytes"), Argument.Alternative("PATH", value: "path"),
  ])
  private static let show = DataCommand(
    "SHOW", .model, [.required("model"), source, .flag("ALL")], summary: "What it shows.",
    complexity: "O(1)", since: "0.1", takesData: true,
    answer: .deferring { (_, _) throws(ErrorReply) in .now(.null) })
  private static let table = CommandTable(
    [show.description] + DataCommand.ofProtocol.map(\.description))
  private static let limits = RequestLimits(requestBytes: 100, dataBytes: 10_000)

  private enum Event: Equatable {
    case request(Int)
    case failure(RequestFailure)
  }

  /// Parses `bytes` in pieces of the given size; returns the events and the byte limits seen between pieces.
  private func parse(_ bytes: [UInt8], pieces: Int) -> (events: [Event], limits: Set<Int>) {
    var parser = RequestParser(limits: Self.limits, commands: Self.table)
    var (input, events, said) = (ByteBuffer(), [Event](), Set<Int>())
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      input.writeBytes(bytes[start..<min(start + pieces, bytes.count)])
      reading: while true {
        switch parser.next(from: &input) {
        case .incomplete: break reading
        case .blank: continue
        case .request: events.append(.request(parser.request.bytes.count))
        case .failure(let failure):
          events.append(.failure(failure))
          if failure.losesFraming { return (events, said) }
        }
      }
      said.insert(parser.byteLimit)
    }
    return (events, said)
  }

  private func array(_ words: [[UInt8]]) -> [UInt8] { encodedArray(words) }

  private func words(_ texts: String..., data count: Int) -> [[UInt8]] {
    texts.map { Array($0.utf8) } + [[UInt8](repeating: 0x41, count: count)]
  }

  @Test(arguments: [1, 7, 99, 20_000]) func dataMayBeLong(_ pieces: Int) {
    let request = array(words("show", "m", "IMAGE", data: 9000))
    let (events, said) = parse(request + array(words("PING", data: 3)), pieces: pieces)
    #expect(events == [.request(4 + 1 + 5 + 9000), .request(7)])
    #expect(pieces == 20_000 || said == [100, 10_000])
    let line = Array("SHOW m IMAGE ".utf8) + [UInt8](repeating: 0x41, count: 9000) + [0x0A]
    let (lines, saidOfLines) = parse(line + Array("PING abc\n".utf8), pieces: pieces)
    #expect(lines == [.request(4 + 1 + 5 + 9000), .request(7)])
    #expect(pieces == 20_000 || saidOfLines.contains(10_000))
  }

  @Test(arguments: [1, 7, 99, 20_000]) func otherRequestsMayNot(_ pieces: Int) {
    for name in ["ECHO", "SHOWS", "SHO"] {
      let (events, _) = parse(array(words(name, data: 101)), pieces: pieces)
      #expect(events == [.failure(.tooLong(limit: 100))], "\(name)")
      let line = Array("\(name) ".utf8) + [UInt8](repeating: 0x41, count: 101) + [0x0A]
      #expect(parse(line, pieces: pieces).events == [.failure(.tooLong(limit: 100))], "\(name)")
    }
    // Data must not be even longer, and a name that has not arrived yet must not be long either.
    let long = array(words("SHOW", "m", "IMAGE", data: 10_000))
    #expect(parse(long, pieces: pieces).events == [.failure(.tooLong(limit: 10_000))])
    let first = Array("*2\r\n$101\r\n".utf8)
    #expect(parse(first, pieces: pieces).events == [.failure(.tooLong(limit: 100))])
  }

  /// However long the data, the input holds no more of it than has arrived since the last read. The data read equals
  /// the data sent.
  @Test(arguments: [7, 300, 5000]) func dataAreTakenAsTheyCome(_ pieces: Int) {
    let limits = RequestLimits(requestBytes: 1000, dataBytes: 1 << 20)
    let data = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 % 97 + 0x28) }
    let words = [Array("SHOW".utf8), Array("m".utf8), Array("IMAGE".utf8), data, Array("ALL".utf8)]
    let line = Array(words.joined(separator: [0x20, 0x09])) + [0x0D, 0x0A]
    for request in [encodedArray(words), line] {
      var parser = RequestParser(limits: limits, commands: Self.table)
      var (input, found) = (ByteBuffer(), [Request]())
      let bytes = request + request
      for start in stride(from: 0, to: bytes.count, by: pieces) {
        input.writeBytes(bytes[start..<min(start + pieces, bytes.count)])
        while case .request = parser.next(from: &input) { found.append(parser.request) }
        #expect(input.readableBytes <= max(64, 20))
        #expect(parser.isInsideRequest(with: input) == (start + pieces < bytes.count))
        // Memory is allocated only for data that has arrived.
        let come = min(start + pieces, bytes.count)
        #expect(parser.request.memoryByteCount <= 4096 + 4 * min(come, request.count))
      }
      #expect(found.count == 2)
      for request in found {
        #expect((0..<request.count).map { Array(request[$0]) } == words)
      }
    }
  }

  /// Quoted data must not exceed the limit of ordinary requests; words after data may be quoted.
  @Test(arguments: [7, 300]) func quotedDataAreShort(_ pieces: Int) {
    let data = String(repeating: "A", count: 5000)
    #expect(
      parse(Array("SHOW m IMAGE \"\(data)\"\n".utf8), pieces: pieces).events
        == [.failure(.tooLong(limit: 100))])
    #expect(
      parse(Array("SHOW m IMAGE \(data) \"A'L\\x4c\"\nPING\n".utf8), pieces: pieces).events
        == [.request(4 + 1 + 5 + 5000 + 4), .request(4)])
    // Unbalanced quotes are only detected at the end of the line.
    #expect(
      parse(Array("SHOW m IMAGE \(data) 'ALL\nPING\n".utf8), pieces: pieces).events
        == [.failure(.unbalancedQuotes), .request(4)])
  }

  /// If no model takes data, requests of the commands that take it are as limited as others.
  @Test func withoutAModelForThemDataAreShort() {
    for request in [
      array(words("SHOW", "m", "IMAGE", data: 90)),
      Array("SHOW m IMAGE \(String(repeating: "A", count: 100))\n".utf8),
    ] {
      var parser = RequestParser(limits: Self.limits, commands: Self.table)
      parser.takesData = false
      var input = ByteBuffer(bytes: request)
      #expect(parser.next(from: &input) == .failure(.tooLong(limit: 100)))
    }
  }

  /// Only the argument after the keyword of a choice is data.
  @Test func wordsBesideDataAreShort() throws {
    let long = String(repeating: "m", count: 2000)
    for (words, place) in [
      (["SHOW", long, "IMAGE", "x"], 1), (["SHOW", "m", long, "x"], 2),
      (["SHOW", "m", "IMAGE", "x", long], 4),
    ] {
      let error = #expect(throws: ErrorReply.self) {
        try CommandArguments(of: Request(form: .array, words), for: Self.show.description)
      }
      #expect(error?.message == "argument \(place) of SHOW is longer than 1024 bytes")
    }
    let data = try CommandArguments(
      of: Request(form: .array, ["SHOW", "m", "IMAGE", long]), for: Self.show.description)
    #expect(data.choice(Self.source).bytes.count == 2000)
  }

  /// The parser keeps no more arguments of a long line than a request may have.
  @Test func aLongLineIsNotSplitBeyondTheLimit() {
    let limits = RequestLimits(requestBytes: 100, dataBytes: 1 << 20, argumentCount: 6)
    var parser = RequestParser(limits: limits, commands: Self.table)
    var input = ByteBuffer(string: "SHOW" + String(repeating: " x", count: 400_000) + "\n")
    #expect(parser.next(from: &input) == .failure(.tooManyArguments(limit: 6)))
    #expect(parser.request.count == 7)
  }

  @Test func oneOfSeveralWordsMustBeThere() throws {
    #expect(Self.show.description.usage == "SHOW model (IMAGE bytes or PATH path) [ALL]")
    #expect(Self.show.description.arity == -4)
    func arguments(_ words: String...) throws(ErrorReply) -> CommandArguments {
      try CommandArguments(of: Request(form: .array, words), for: Self.show.description)
    }
    let path = try arguments("SHOW", "m", "path", "a/b.jpg", "ALL").choice(Self.source)
    #expect(path.word == "PATH" && Array(path.bytes) == Array("a/b.jpg".utf8))
    for words in [["SHOW", "m"], ["SHOW", "m", "PATH"]] {
      let error = #expect(throws: ErrorReply.self) {
        try CommandArguments(of: Request(form: .array, words), for: Self.show.description)
      }
      #expect(error?.code == .wrongArgumentCount)
    }
    let error = #expect(throws: ErrorReply.self) {
      _ = try arguments("SHOW", "m", "FILE", "x")
    }
    #expect(error?.code == .badArgument && error?.message == "'FILE' is not one of IMAGE, PATH")
  }
}
