import LineProtocol
import NIOCore
import Testing

/// Commands that take data: how long their requests may be, and what stands for the data.
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

  /// What comes of `bytes` in pieces of a size, and the limits that were said in between.
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
          return (events, said)
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
    // Neither may data be longer still, nor a name that has not come.
    let long = array(words("SHOW", "m", "IMAGE", data: 10_000))
    #expect(parse(long, pieces: pieces).events == [.failure(.tooLong(limit: 10_000))])
    let first = Array("*2\r\n$101\r\n".utf8)
    #expect(parse(first, pieces: pieces).events == [.failure(.tooLong(limit: 100))])
  }

  /// Of a line that may be long, no more arguments are kept than a request may have.
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
    #expect(error?.code == .badArgument && error?.message == "'FILE' is none of IMAGE, PATH")
  }
}
