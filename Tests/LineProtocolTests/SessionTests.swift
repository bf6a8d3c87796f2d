import LineProtocol
import Testing

struct SessionTests {
  /// A session and a way to speak to it.
  struct Talk {
    var session = Session(
      identifier: 5,
      server: .init(
        version: "1.2",
        settings: [ReplyField("save", .text("")), ReplyField("timeout", .text("9"))],
        commands: TestCommands.table))

    mutating func say(_ words: String...) -> Reply? {
      let request = Request(form: .array, words)
      do throws(ErrorReply) {
        return try session.reply(to: request)
      } catch {
        return .error(error)
      }
    }

    mutating func code(_ words: [String]) -> ErrorReply.Code? {
      let request = Request(form: .array, words)
      do throws(ErrorReply) {
        _ = try session.reply(to: request)
        return nil
      } catch {
        return error.code
      }
    }
  }

  @Test func answersWhatConcernsTheConnectionAlone() {
    var talk = Talk()
    #expect(talk.say("PING") == .status("PONG"))
    #expect(talk.say("PING", "hello") == .bytes(Array("hello".utf8)))
    #expect(talk.say("ECHO", "hello") == .bytes(Array("hello".utf8)))
    #expect(talk.say("SELECT", "0") == .status("OK"))
    #expect(talk.say("CLIENT", "ID") == .integer(5))
    #expect(talk.say("CLIENT", "GETNAME") == .null)
    #expect(talk.say("client", "setname", "me") == .status("OK"))
    #expect(talk.say("CLIENT", "GETNAME") == .text("me"))
    #expect(talk.say("CLIENT", "SETINFO", "LIB-NAME", "x") == .status("OK"))
    #expect(talk.say("CONFIG", "GET", "SAVE", "nothing") == .map([ReplyField("save", .text(""))]))
    #expect(talk.say("COMMAND", "COUNT") == .integer(Int64(TestCommands.table.all.count)))
    #expect(talk.say("RECOMMEND", "1") == nil)
    #expect(talk.say("EXEC") == nil)
    #expect(!talk.session.isOver)
    #expect(talk.say("QUIT") == .status("OK"))
    #expect(talk.session.isOver)
  }

  @Test func helloChoosesTheVersionOfArrays() throws {
    var talk = Talk()
    #expect(talk.session.replyForm(for: .array) == .resp2)
    guard case .map(let fields) = talk.say("HELLO", "3", "SETNAME", "me") else {
      Issue.record("HELLO 3 gave no map")
      return
    }
    #expect(fields.contains(ReplyField("proto", .integer(3))))
    #expect(fields.contains(ReplyField("version", .text("1.2"))))
    #expect(talk.session.replyForm(for: .array) == .resp3)
    #expect(talk.session.replyForm(for: .line) == .json)
    #expect(talk.say("CLIENT", "GETNAME") == .text("me"))
    _ = talk.say("HELLO")
    #expect(talk.session.replyForm(for: .array) == .resp3)
    _ = talk.say("HELLO", "2")
    #expect(talk.session.replyForm(for: .array) == .resp2)
  }

  @Test(arguments: [
    (["HELLO", "4"], ErrorReply.Code.unsupportedProtocol), (["HELLO", "x"], .unsupportedProtocol),
    (["HELLO", "3", "AUTH", "a", "b"], .unsupported), (["HELLO", "3", "SETNAME"], .badArgument),
    (["AUTH", "secret"], .unsupported), (["SELECT", "1"], .unsupported),
    (["CLIENT", "KILL"], .unknownCommand), (["CLIENT", "SETNAME"], .wrongArgumentCount),
    (["CONFIG", "SET", "save", "1"], .unknownCommand), (["COMMAND", "GETKEYS"], .unknownCommand),
    (["HELP", "NOTHING"], .unknownCommand),
  ])
  func refusesWhatItDoesNotHave(_ words: [String], _ code: ErrorReply.Code) {
    var talk = Talk()
    #expect(talk.code(words) == code)
    #expect(talk.session.replyForm(for: .array) == .resp2)
  }

  @Test func anUnknownSubcommandGetsAllThereAre() {
    var talk = Talk()
    guard case .error(let error) = talk.say("CONFIG", "SET", "save", "1") else {
      Issue.record("CONFIG SET is no error")
      return
    }
    #expect(error.remedy.hasSuffix("CONFIG takes GET."))
  }

  @Test func helpDrawsOnTheTable() throws {
    var talk = Talk()
    #expect(
      talk.say("HELP") == .list(TestCommands.table.all.map { .text("\($0.usage): \($0.summary)") }))
    let ping = try TestCommands.description("PING")
    #expect(
      talk.say("HELP", "ping")
        == .map([
          ReplyField("usage", .text("PING [message]")), ReplyField("summary", .text(ping.summary)),
          ReplyField("complexity", .text(ping.complexity)), ReplyField("since", .text(ping.since)),
        ]))
  }

  @Test func commandInfoSaysNullForWhatThereIsNot() {
    var talk = Talk()
    guard case .list(let all) = talk.say("COMMAND"),
      case .list(let two) = talk.say("COMMAND", "INFO", "predict", "nothing")
    else {
      Issue.record("COMMAND gave no lists")
      return
    }
    #expect(all.count == TestCommands.table.all.count)
    #expect(two.last == .null)
    guard case .list(let predict) = two.first else {
      Issue.record("COMMAND INFO gave no list")
      return
    }
    #expect(predict[0] == .text("predict"))
    #expect(predict[1] == .integer(3))
    #expect(predict.count == 10)
  }

  @Test func commandDocsDescribesArguments() {
    var talk = Talk()
    guard case .map(let docs) = talk.say("COMMAND", "DOCS", "recommend"), docs.count == 1,
      case .map(let recommend) = docs[0].value
    else {
      Issue.record("COMMAND DOCS gave no map")
      return
    }
    #expect(docs[0].name == "recommend")
    #expect(recommend.contains(ReplyField("group", .text("model"))))
  }
}
