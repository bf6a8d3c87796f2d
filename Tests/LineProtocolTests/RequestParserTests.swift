import LineProtocol
import NIOCore
import Testing

struct RequestParserTests {
  @Test(arguments: [
    ("PING\n", [ParsedStream.Event.line("PING")]),
    ("PING\r\n", [.line("PING")]),
    ("  PING \t hello \r\n", [.line("PING", "hello")]),
    ("\n\r\n   \nPING\n", [.line("PING")]),
    ("A\nB\nC\n", [.line("A"), .line("B"), .line("C")]),
    ("*1\r\n$4\r\nPING\r\n", [.array("PING")]),
    ("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", [.array("ECHO", "")]),
    ("*0\r\n*-1\r\n*1\r\n$1\r\nA\r\n", [.array("A")]),
    (
      "*2\r\n$1\r\nA\r\n$2\r\n\r\n\r\nB x\n*1\r\n$1\r\nC\r\n",
      [.array("A", "\r\n"), .line("B", "x"), .array("C")]
    ),
    ("PING", []), ("*1\r\n$4\r\nPING", []), ("*", []), ("*1\r", []),
  ])
  func findsRequestsOfBothForms(_ text: String, _ events: [ParsedStream.Event]) {
    #expect(ParsedStream(text).events == events)
    #expect(ParsedStream(text, pieces: [1]).events == events)
  }

  @Test(arguments: [
    (#""a b" 'c d'"#, ["a b", "c d"]),
    (#""\n\r\t\b\a\\\"\q""#, ["\n\r\t\u{8}\u{7}\\\"q"]),
    (#""\x41\x7a\x7A""#, ["Azz"]),
    (#""\x4""#, ["x4"]), (#""\xg1""#, ["xg1"]),
    (#"'it\'s' '\n'"#, ["it's", #"\n"#]),
    (#""" ''"#, ["", ""]),
    (#"ab"cd" x"#, ["abcd", "x"]),
    (#"a\b"#, [#"a\b"#]),
  ])
  func unquotesAsRedisDoes(_ line: String, _ arguments: [String]) {
    #expect(
      ParsedStream(line + "\n").events == [.request(.line, arguments.map { Array($0.utf8) })])
  }

  @Test(arguments: [#""open"#, "'open", #""a"b"#, "'a'b", #"x ""#, #""a\""#, #"a"b"c"#])
  func refusesUnbalancedQuotesAndGoesOn(_ line: String) {
    let stream = ParsedStream(line + "\nPING\n")
    #expect(stream.events == [.failure(.badQuoting), .line("PING")])
    #expect(!stream.isCut)
  }

  @Test(arguments: [
    "*x\r\n", "*1\r\nPING\r\n", "*1\r\n+PING\r\n", "*1\r\n$x\r\n", "*1\r\n$-1\r\n",
    "*1\r\n$1\r\nABC", "*1\r\n$4\r\nPINGxx", "*\r\n", "*1\n", "*1\rx", "*99999999999999999999\r\n",
    "*1\r\n$99999999999999999999\r\n", "*-\r\n",
  ])
  func cutsOffWhatIsNoArrayOfBulkStrings(_ text: String) {
    for pieces in [[Int.max], [1]] {
      let stream = ParsedStream(text, pieces: pieces)
      #expect(stream.events == [.failure(.badFrame)])
      #expect(stream.isCut)
    }
  }

  @Test func takesALineOfTheLimitAndRefusesOneByteMore() {
    let limits = RequestLimits(requestBytes: 100, argumentCount: 10)
    for pieces in [[Int.max], [1], [7]] {
      let fits = ParsedStream(
        String(repeating: "x", count: 100) + "\nPING\n", pieces: pieces, limits: limits)
      #expect(fits.events == [.line(String(repeating: "x", count: 100)), .line("PING")])
      let tooLong = String(repeating: "x", count: 101) + "\nPING\n"
      let cut = ParsedStream(tooLong, pieces: pieces, limits: limits)
      #expect(cut.events == [.failure(.requestTooLong)])
      #expect(cut.isCut)
    }
  }

  @Test func refusesALineThatNeverEndsOnceItIsTooLong() {
    let endless = ParsedStream([UInt8](repeating: 0x78, count: 65_537), pieces: [1000])
    #expect(endless.events == [.failure(.requestTooLong)])
    #expect(ParsedStream([UInt8](repeating: 0x78, count: 65_536), pieces: [1000]).events.isEmpty)
  }

  @Test func countsAllOfAnArrayAgainstTheLimit() {
    // "*2 CRLF $1 CRLF A CRLF $70 CRLF", 70 bytes, CRLF: 4 + 7 + 5 + 72.
    let array = encodedArray([Array("A".utf8), [UInt8](repeating: 0x78, count: 70)])
    #expect(array.count == 88)
    for pieces in [[Int.max], [1], [9]] {
      let fits = ParsedStream(array, pieces: pieces, limits: RequestLimits(requestBytes: 88))
      #expect(fits.events.count == 1)
      #expect(!fits.isCut)
      let cut = ParsedStream(array, pieces: pieces, limits: RequestLimits(requestBytes: 87))
      #expect(cut.events == [.failure(.requestTooLong)])
    }
  }

  @Test func refusesALongArgumentByItsHeaderAlone() {
    #expect(ParsedStream("*1\r\n$100000\r\n").events == [.failure(.requestTooLong)])
    #expect(ParsedStream("*1\r\n$999999999999999999\r\n").events == [.failure(.requestTooLong)])
  }

  @Test func refusesTooManyArguments() {
    let limits = RequestLimits(argumentCount: 3)
    #expect(ParsedStream("a b c\n", limits: limits).events == [.line("a", "b", "c")])
    #expect(ParsedStream("a b c d\n", limits: limits).events == [.failure(.requestTooLong)])
    #expect(ParsedStream("*4\r\n", limits: limits).events == [.failure(.requestTooLong)])
  }

  @Test(arguments: [
    "GET / HTTP/1.1", "POST /x?y=PING HTTP/1.0", "PRI * HTTP/2.0", "get / HTTP/2",
    "M-SEARCH http://a/'b HTTP/1.1", "OPTIONS * HTTP/1.1", "POST", "post / ", "HOST: x",
    "Host: 127.0.0.1:6380",
  ])
  func anHTTPRequestEndsTheStreamBeforeAnythingIsCarriedOut(_ line: String) {
    for end in ["\n", "\r\n"] {
      for pieces in [[Int.max], [1]] {
        let stream = ParsedStream(line + end + "PING\nAccept: */*\n\nPING\n", pieces: pieces)
        #expect(stream.events == [.failure(.httpRequest)])
        #expect(stream.isCut)
      }
    }
  }

  /// Ids may contain anything.
  @Test(arguments: [
    "PREDICT 1 HTTP/1.1", "similar HTTP/1.1", "ECHO HTTP/1.1", "HTTP/1.1", "GET x HTTP/",
    "GET HTTP", "GET / HTTP/1.", "GET / HTTP/11.1", "POSTS / x", "Hosts: x", "GET /HTTP/1.1",
  ])
  func whatIsNoHTTPRequestIsNotTakenForOne(_ line: String) {
    let words = line.split(separator: " ").map { Array($0.utf8) }
    #expect(ParsedStream(line + "\n").events == [.request(.line, words)])
  }

  @Test func aCutRequestIsToldWhatItLacks() {
    #expect(RequestFailure.truncated(.line).error.remedy == "End a line with a line feed.")
    #expect(RequestFailure.truncated(.array).error.remedy.contains("bulk strings"))
  }

  @Test func knowsWhetherAStreamEndsInsideARequest() {
    for (text, isInside) in [
      ("", false), ("PING\n", false), ("PING", true), ("*1\r\n", true),
      ("PING\n \r\n\t ", false), ("PING\n  x", true),
    ] {
      var parser = RequestParser()
      var input = ByteBuffer(string: text)
      while parser.next(from: &input) == .request {}
      #expect(parser.isInsideRequest(with: input) == isInside, "\(text)")
    }
  }
}
