import LineProtocol
import Testing

struct SessionTests {
  /// A session, and a way to send it requests.
  struct Talk {
    var session = Session(
      identifier: 5,
      server: .init(
        version: "1.2", commands: TestCommands.table))

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
    #expect(talk.say("acl", "whoami") == .text("default"))
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
    #expect(talk.session.name == "me")
    _ = talk.say("HELLO")
    #expect(talk.session.replyForm(for: .array) == .resp3)
    _ = talk.say("HELLO", "2")
    #expect(talk.session.replyForm(for: .array) == .resp2)
  }

  @Test(arguments: [
    (["HELLO", "4"], ErrorReply.Code.unsupportedProtocol), (["HELLO", "x"], .unsupportedProtocol),
    (["HELLO", "3", "AUTH", "a", "b"], .unsupported), (["HELLO", "3", "SETNAME"], .badArgument),
    (["AUTH", "secret"], .unsupported), (["SELECT", "1"], .unsupported),
    (["ACL", "LIST"], .unknownCommand), (["ACL", "WHOAMI", "x"], .wrongArgumentCount),
    (["ACL", "\u{e9}"], .unknownCommand), (["COMMAND", "GETKEYS"], .unknownCommand),
    (["HELP", "NOTHING"], .unknownCommand), (["HELLO", "3", "SETNAME", "a b"], .badArgument),
    (["HELLO", "3", "SETNAME", "a\nb"], .badArgument),
    (["HELLO", "3", "SETNAME", String(repeating: "x", count: 129)], .badArgument),
  ])
  func refusesWhatItDoesNotHave(_ words: [String], _ code: ErrorReply.Code) {
    var talk = Talk()
    #expect(talk.code(words) == code)
    #expect(talk.session.replyForm(for: .array) == .resp2)
  }

  @Test func anUnknownSubcommandGetsAllThereAre() {
    var talk = Talk()
    guard case .error(let error) = talk.say("COMMAND", "DOC") else {
      Issue.record("COMMAND DOC is no error")
      return
    }
    #expect(error.remedy == "Did you mean DOCS? COMMAND takes COUNT, LIST, INFO, DOCS.")
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

  @Test func commandInfoKnowsSubcommandsByTheirNames() {
    var talk = Talk()
    guard case .list(let infos) = talk.say("COMMAND", "INFO", "command|INFO", "command|x", "ping|"),
      case .list(let info) = infos.first
    else {
      Issue.record("COMMAND INFO gave no list")
      return
    }
    #expect(info[0] == .text("command|info") && info[1] == .integer(-2) && info.count == 10)
    #expect(infos.dropFirst() == [.null, .null])
  }

  @Test func commandInfoHasSubcommandsAndWhatRolesReach() {
    var talk = Talk()
    guard case .list(let infos) = talk.say("COMMAND", "INFO", "command", "auth"),
      case .list(let command) = infos.first, case .list(let auth) = infos.last,
      case .list(let subcommands) = command.last,
      case .map(let docs) = talk.say("COMMAND", "DOCS", "acl"),
      case .map(let acl) = docs.first?.value,
      case .map(let documented) = acl.last?.value,
      case .list(let names) = talk.say("COMMAND", "LIST")
    else {
      Issue.record("COMMAND gave no lists")
      return
    }
    #expect(command[6] == .list([.status("@connection")]))
    #expect(auth[2] == .list([.status("no_auth"), .status("fast")]) && auth.last == .list([]))
    let subcommandNames = subcommands.map { subcommand -> Reply in
      if case .list(let parts) = subcommand { parts[0] } else { .null }
    }
    #expect(
      subcommandNames
        == ["count", "list", "info", "docs"].map { Reply.text("command|\($0)") })
    guard case .list(let count) = subcommands[0], case .list(let info) = subcommands[2] else {
      return
    }
    #expect(count[1] == .integer(2) && info[1] == .integer(-2))
    #expect(acl.last?.name == "subcommands" && documented.map(\.name) == ["acl|whoami"])
    #expect(names.contains(.text("acl|whoami")) && names.contains(.text("exec")))
  }

  /// In version 2 and in lines, replies and messages are indistinguishable.
  @Test func whoIsToldOfThingsMaySayLittleInVersion2() {
    var talk = Talk()
    func code(_ words: String...) -> ErrorReply.Code? {
      do throws(ErrorReply) {
        _ = try talk.session.check(Request(form: .array, words))
        return nil
      } catch {
        return error.code
      }
    }
    #expect(talk.session.mayAskModels && code("RECOMMEND", "1") == nil)
    talk.session.changeSubscriptions { $0.add(channel: "recommender") }
    #expect(talk.session.isRestricted && !talk.session.mayAskModels)
    for words in [["RECOMMEND", "1"], ["HELLO", "3"], ["MULTI"]] {
      #expect(code(words[0], "1") == .misplacedCommand)
    }
    #expect(code("PING") == nil && code("QUIT") == nil && code("RESET") == nil)
    #expect(talk.say("PING") == .list([.text("pong"), .bytes([])]))
    #expect(talk.say("PING", "x") == .list([.text("pong"), .bytes([0x78])]))
    let changes = talk.session.subscriptionChanges
    #expect(talk.say("RESET") == .status("RESET"))
    #expect(!talk.session.isRestricted && talk.session.mayAskModels)
    #expect(talk.session.subscriptionChanges > changes)
    _ = talk.say("HELLO", "3")
    talk.session.changeSubscriptions { $0.add(pattern: GlobPattern("*")) }
    #expect(!talk.session.isRestricted && talk.session.mayAskModels)
    #expect(talk.say("PING") == .status("PONG"))
    _ = talk.say("HELLO", "2")
    #expect(talk.session.isRestricted && !talk.session.mayAskModels)
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
