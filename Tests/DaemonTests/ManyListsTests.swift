import Daemon
import LineProtocol
import TestEnvironment
import Testing

/// MRECOMMEND: a request that stands for several.
struct ManyListsTests {
  private static func conversation(_ hasModel: Bool = true) throws -> Conversation {
    Conversation(
      about: hasModel ? try TestServer.served(Catalogue.contents()) : nil, version: "0.1.0")
  }

  /// Returns the answer without its line terminator.
  private static func answer(
    _ request: String, in conversation: inout Conversation
  ) -> String {
    String(conversation.answer(request + "\n").dropLast())
  }

  @Test(arguments: [
    "", " COUNT 2", " WITHRATED", " EXCLUDE 2 10 50", " ONLY 1 COUNT COUNT 3",
    " WHERE \"year>1990 and not genre=Comedy\" DIVERSITY 0.3", " NOFALLBACK",
  ])
  func itAnswersWhatEachAloneGets(_ options: String) throws {
    let users = ["1", "2", "99", "x", "1"]
    var conversation = try Self.conversation()
    let alone = users.map { Self.answer("RECOMMEND \($0)\(options)", in: &conversation) }
    let request = "MRECOMMEND \(users.count) \(users.joined(separator: " "))\(options)"
    // Twice: the second time from the cache.
    for _ in 0..<2 {
      #expect(
        Self.answer(request, in: &conversation) == "[\(alone.joined(separator: ","))]")
    }
  }

  @Test func withinATransactionItIsAListWithinTheList() throws {
    var conversation = try Self.conversation()
    let list = Self.answer("MRECOMMEND 2 1 2 COUNT 1", in: &conversation)
    let one = Self.answer("PREDICT 1 10", in: &conversation)
    for request in [
      "MULTI", "MRECOMMEND 2 1 2 COUNT 1", "PREDICT 1 10", "MRECOMMEND 2 1 2 COUNT 1",
    ] {
      _ = Self.answer(request, in: &conversation)
    }
    #expect(Self.answer("EXEC", in: &conversation) == "[\(list),\(one),\(list)]")
    #expect(Self.answer("PREDICT 1 10", in: &conversation) == one)
    let nested = conversation.answer(
      "*1\r\n$5\r\nMULTI\r\n*5\r\n$10\r\nMRECOMMEND\r\n$1\r\n1\r\n$1\r\n1\r\n$5\r\nCOUNT\r\n$1\r\n1\r\n"
        + "*1\r\n$4\r\nEXEC\r\n")
    #expect(nested == "+OK\r\n+QUEUED\r\n*1\r\n*1\r\n*1\r\n$2\r\n10\r\n")
  }

  @Test(arguments: [
    ("MRECOMMEND", "WRONG_ARGUMENT_COUNT"), ("MRECOMMEND 1", "WRONG_ARGUMENT_COUNT"),
    ("MRECOMMEND 0 1", "BAD_ARGUMENT"), ("MRECOMMEND x 1", "BAD_ARGUMENT"),
    ("MRECOMMEND 2 1", "BAD_ARGUMENT"), ("MRECOMMEND 1001 1", "BAD_ARGUMENT"),
    ("MRECOMMEND 1 1 2", "BAD_ARGUMENT"), ("MRECOMMEND 1 1 COUNT 0", "BAD_ARGUMENT"),
    ("MRECOMMEND 1 1 WHERE genre", "BAD_ARGUMENT"),
    ("MRECOMMEND 1 1 DIVERSITY 2", "BAD_ARGUMENT"),
  ])
  func whatIsNoneIsOneError(_ request: String, _ code: String) throws {
    var conversation = try Self.conversation()
    let answer = Self.answer(request, in: &conversation)
    #expect(answer.hasPrefix(#"{"error":{"code":"\#(code)""#), "\(answer)")
  }

  @Test func withoutAModelItIsOneError() throws {
    var conversation = try Self.conversation(false)
    let answer = Self.answer("MRECOMMEND 2 1 2", in: &conversation)
    #expect(answer.hasPrefix(#"{"error":{"code":"NO_MODEL""#))
  }

  /// 500 users, each with the same 500 ids, would take more memory than a request may.
  @Test func whatTheRequestsTakeIsBounded() throws {
    var conversation = try Self.conversation()
    let zeros = String(repeating: "0", count: 60)
    let ids = (0..<500).map { "\(zeros)\($0)" }.joined(separator: " ")
    let users = Array(repeating: "1", count: 500).joined(separator: " ")
    let answer = Self.answer("MRECOMMEND 500 \(users) EXCLUDE 500 \(ids)", in: &conversation)
    #expect(answer.hasPrefix(#"{"error":{"code":"REQUEST_TOO_LONG""#), "\(answer.prefix(200))")
    #expect(
      Self.answer("MRECOMMEND 500 \(users) COUNT 1", in: &conversation)
        .filter { $0 == "{" }.count == 1000)
  }
}
