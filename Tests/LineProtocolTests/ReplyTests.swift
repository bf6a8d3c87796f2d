import Foundation
import LineProtocol
import NIOCore
import TestEnvironment
import Testing

struct ReplyTests {
  static func written(_ reply: Reply, _ form: ReplyForm) -> String {
    var buffer = ByteBuffer()
    reply.write(as: form, to: &buffer)
    return String(buffer: buffer)
  }

  static let items = RankedItems(
    context: [ReplyField("user", .identifier(.integer(7)))],
    entries: [
      .init(.integer(42), title: "It \"is\"", score: 4.5),
      .init(.text("x y"), title: nil, score: -0.1),
    ], detail: .identifiers)

  static func items(_ detail: RankedItems.Detail) -> Reply {
    .items(RankedItems(context: items.context, entries: items.entries, detail: detail))
  }

  static let json =
    #"{"user":7,"items":[{"item":42,"title":"It \"is\"","score":4.5},"#
    + #"{"item":"x y","score":-0.1}]}"# + "\n"

  @Test(arguments: [
    (Reply.status("OK"), "\"OK\"\n", "+OK\r\n", "+OK\r\n"),
    (.text("é\r\n"), #""é\r\n""# + "\n", "$4\r\né\r\n\r\n", "$4\r\né\r\n\r\n"),
    (.bytes([0x61, 0x00]), #""a\u0000""# + "\n", "$2\r\na\0\r\n", "$2\r\na\0\r\n"),
    (
      .integer(.min), "-9223372036854775808\n", ":-9223372036854775808\r\n",
      ":-9223372036854775808\r\n"
    ),
    (.integer(0), "0\n", ":0\r\n", ":0\r\n"),
    (.number(4.1), "4.1\n", "$3\r\n4.1\r\n", ",4.1\r\n"),
    (.number(.infinity), "null\n", "$3\r\ninf\r\n", ",inf\r\n"),
    (.identifier(.integer(-9)), "-9\n", "$2\r\n-9\r\n", "$2\r\n-9\r\n"),
    (.identifier(.text("é")), "\"é\"\n", "$2\r\né\r\n", "$2\r\né\r\n"),
    (.null, "null\n", "$-1\r\n", "_\r\n"),
    (.list([]), "[]\n", "*0\r\n", "*0\r\n"),
    (.list([.integer(1), .null]), "[1,null]\n", "*2\r\n:1\r\n$-1\r\n", "*2\r\n:1\r\n_\r\n"),
    (
      .push([.text("a"), .integer(1)]), "[\"a\",1]\n", "*2\r\n$1\r\na\r\n:1\r\n",
      ">2\r\n$1\r\na\r\n:1\r\n"
    ),
    (
      .document([ReplyField("a", .integer(1))]), "{\"a\":1}\n", "$7\r\n{\"a\":1}\r\n",
      "$7\r\n{\"a\":1}\r\n"
    ),
    (
      .map([ReplyField("a", .integer(1))]), "{\"a\":1}\n", "*2\r\n$1\r\na\r\n:1\r\n",
      "%1\r\n$1\r\na\r\n:1\r\n"
    ),
    (
      .sections([ReplySection("s", [ReplyField("k", .text("v\r\nw")), ReplyField("n", .null)])]),
      #"{"s":{"k":"v\r\nw","n":null}}"# + "\n", "$17\r\n# s\r\nk:v  w\r\nn:\r\n\r\n",
      "=21\r\ntxt:# s\r\nk:v  w\r\nn:\r\n\r\n"
    ),
    (
      .error(ErrorReply(.unknownItem, "no\r\nsuch item", remedy: "Look \"up\".")),
      #"{"error":{"code":"UNKNOWN_ITEM","message":"no\r\nsuch item","remedy":"Look \"up\"."}}"#
        + "\n",
      "-UNKNOWN_ITEM no  such item. Look \"up\".\r\n",
      "-UNKNOWN_ITEM no  such item. Look \"up\".\r\n"
    ),
    (
      items(.identifiers), json, "*2\r\n$2\r\n42\r\n$3\r\nx y\r\n",
      "*2\r\n$2\r\n42\r\n$3\r\nx y\r\n"
    ),
    (
      items(.scores), json, "*4\r\n$2\r\n42\r\n$3\r\n4.5\r\n$3\r\nx y\r\n$4\r\n-0.1\r\n",
      "*2\r\n*2\r\n$2\r\n42\r\n,4.5\r\n*2\r\n$3\r\nx y\r\n,-0.1\r\n"
    ),
    (
      items(.everything), json,
      "*4\r\n$4\r\nuser\r\n$1\r\n7\r\n$5\r\nitems\r\n*2\r\n"
        + "*6\r\n$4\r\nitem\r\n$2\r\n42\r\n$5\r\ntitle\r\n$7\r\nIt \"is\"\r\n$5\r\nscore\r\n$3\r\n4.5\r\n"
        + "*4\r\n$4\r\nitem\r\n$3\r\nx y\r\n$5\r\nscore\r\n$4\r\n-0.1\r\n",
      "%2\r\n$4\r\nuser\r\n$1\r\n7\r\n$5\r\nitems\r\n*2\r\n"
        + "%3\r\n$4\r\nitem\r\n$2\r\n42\r\n$5\r\ntitle\r\n$7\r\nIt \"is\"\r\n$5\r\nscore\r\n,4.5\r\n"
        + "%2\r\n$4\r\nitem\r\n$3\r\nx y\r\n$5\r\nscore\r\n,-0.1\r\n"
    ),
  ])
  func isWrittenInEachForm(_ reply: Reply, _ json: String, _ resp2: String, _ resp3: String) {
    #expect(Self.written(reply, .json) == json)
    #expect(Self.written(reply, .resp2) == resp2)
    #expect(Self.written(reply, .resp3) == resp3)
  }

  @Test func jsonOfAnyBytesIsOneLineOfValidJSON() throws {
    var random = SplitMix64(seed: 3)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0..<20, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let line = Self.written(.list([.bytes(bytes)]), .json)
      #expect(line.utf8.count { $0 == 0x0A } == 1)
      let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String]
      #expect(parsed == [String(decoding: bytes, as: UTF8.self)])
    }
  }

  @Test func numbersReadBackAsTheSameFloat() throws {
    var random = SplitMix64(seed: 4)
    for _ in 0..<2000 {
      let number = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
      guard number.isFinite else { continue }
      let text = Self.written(.number(number), .json).dropLast()
      #expect(Float(text)?.bitPattern == number.bitPattern)
      #expect(text.count <= 15)
      _ = try JSONSerialization.jsonObject(with: Data("[\(text)]".utf8))
    }
  }

  @Test func everyIntegerIsWrittenAsSwiftWritesIt() {
    var random = SplitMix64(seed: 5)
    let edges: [Int64] = [0, 1, -1, 9, 10, 99, 100, .max, .min, -10]
    for integer in edges + (0..<500).map({ _ in Int64.random(in: .min ... .max, using: &random) }) {
      #expect(Self.written(.integer(integer), .json) == "\(integer)\n")
      #expect(
        Self.written(.identifier(.integer(integer)), .resp2)
          == "$\("\(integer)".count)\r\n\(integer)\r\n")
    }
  }
}
