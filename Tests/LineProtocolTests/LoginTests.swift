import LineProtocol
import NIOCore
import Testing

/// What a session permits before and after AUTH.
struct LoginTests {
  static let commands =
    TestCommands.all + [
      TestCommands.TestCommand(
        "RATE", .ratings, summary: "Writes.", complexity: "O(1)", since: "0.1",
        answer: .session { (_, _) throws(ErrorReply) in .null }),
      TestCommands.TestCommand(
        "SETTINGS", .server, [.required("subcommand")], summary: "Tells.", complexity: "O(1)",
        since: "0.1",
        subcommands: [
          Subcommand("GET", summary: "Tells."), Subcommand("SET", summary: "Sets.", role: .admin),
        ], answer: .session { (_, _) throws(ErrorReply) in .null }),
      TestCommands.TestCommand(
        "SHUTDOWN", .server, summary: "Ends.", complexity: "O(1)", since: "0.1", role: .admin,
        answer: .session { (_, _) throws(ErrorReply) in .null }),
    ]

  static func session(hasUsers: Bool = true) -> Session {
    Session(
      identifier: 1,
      server: .init(
        version: "1", commands: CommandTable(commands.map(\.description)),
        hasUsers: hasUsers))
  }

  static func code(_ session: inout Session, _ words: String...) -> ErrorReply.Code? {
    do throws(ErrorReply) {
      _ = try session.check(Request(form: .array, words))
      return nil
    } catch {
      return error.code
    }
  }

  @Test func beforeAuthNothingIsAnsweredButWhatIsOpen() {
    let open = Self.commands.map(\.description).filter { $0.role == nil }.map(\.name)
    #expect(open == ["QUIT", "HELLO", "AUTH", "RESET"])
    for command in Self.commands.map(\.description) {
      var session = Self.session()
      let words = [command.name] + Array(repeating: "1", count: command.argumentCounts.least - 1)
      let request = Request(form: .line, words)
      if open.contains(command.name) {
        #expect(throws: Never.self) { try session.check(request) }
      } else {
        #expect(throws: ErrorReply.self) { try session.check(request) }
        #expect(Self.code(&session, command.name) == .notAuthenticated)
      }
    }
    var session = Self.session()
    // The names of commands are not revealed either.
    #expect(Self.code(&session, "NOTHING") == .notAuthenticated)
    #expect(Self.code(&session, "AUTH") == .wrongArgumentCount)
  }

  @Test(arguments: [
    (Role.read, false, false), (.write, true, false), (.admin, true, true),
  ])
  func aRoleReachesItsCommandsAndThoseOfTheRolesBeforeIt(
    _ role: Role, _ mayWrite: Bool, _ mayAdminister: Bool
  ) {
    var session = Self.session()
    session.admit(Login(user: "app", role: role, revision: 1), generation: 1)
    #expect(Self.code(&session, "RECOMMEND", "1") == nil)
    #expect(Self.code(&session, "RATE") == (mayWrite ? nil : .noPermission))
    #expect(Self.code(&session, "SHUTDOWN") == (mayAdminister ? nil : .noPermission))
    #expect(Self.code(&session, "PING") == nil)
    #expect(Self.code(&session, "NOTHING") == .unknownCommand)
    #expect(Self.code(&session, "SETTINGS", "GET") == nil)
    #expect(Self.code(&session, "settings", "set") == (mayAdminister ? nil : .noPermission))
    #expect(Self.code(&session, "SETTINGS", "NOTHING") == .unknownCommand)
  }

  @Test func whatIsNotPermittedIsSaidInRedisWords() {
    var session = Self.session()
    do throws(ErrorReply) {
      _ = try session.check(Request(form: .array, ["RECOMMEND", "1"]))
      Issue.record("it may ask")
    } catch {
      #expect(error.description.hasPrefix("NOAUTH Authentication required."))
    }
    session.admit(Login(user: "app", role: .read, revision: 1), generation: 1)
    do throws(ErrorReply) {
      _ = try session.check(Request(form: .array, ["rate"]))
      Issue.record("it may write")
    } catch {
      #expect(
        error.description
          == "NOPERM User app has no permissions to run the 'rate' command. It needs the role write."
      )
    }
  }

  @Test func withoutUsersEverybodyMayDoEverything() {
    var session = Self.session(hasUsers: false)
    for name in ["RATE", "SHUTDOWN", "PING"] { #expect(Self.code(&session, name) == nil) }
  }

  @Test func whatIsNotPermittedMakesExecRefuseAll() throws {
    var session = Self.session()
    session.admit(Login(user: "app", role: .read, revision: 1), generation: 1)
    guard
      case .session(let multi) = TestCommands.TestCommand.ofProtocol.first(where: {
        $0.description.name == "MULTI"
      })?.answer
    else {
      Issue.record("there is no MULTI")
      return
    }
    let (_, arguments) = try session.check(Request(form: .array, ["MULTI"]))
    _ = try multi(&session, arguments)
    #expect(Self.code(&session, "RATE") == .noPermission)
    #expect(session.transaction?.isAborted == true)
  }

  @Test func resetForgetsWhoAsks() throws {
    var session = Self.session()
    session.admit(Login(user: "app", role: .read, revision: 1), generation: 1)
    #expect(try session.reply(to: Request(form: .array, ["HELLO", "3", "SETNAME", "x"])) != nil)
    #expect(session.name == "x" && session.usesVersion3 && session.isAdmitted)
    #expect(try session.reply(to: Request(form: .array, ["ACL", "WHOAMI"])) == .text("app"))
    #expect(try session.reply(to: Request(form: .array, ["RESET"])) == .status("RESET"))
    #expect(session.name == "" && !session.usesVersion3 && !session.isAdmitted)
    #expect(session.identifier == 1 && session.login == nil)
    #expect(Self.code(&session, "PING") == .notAuthenticated)
  }

  @Test(arguments: [
    (["AUTH", "secret"], "default", "secret"), (["AUTH", "app", "secret"], "app", "secret"),
    (["HELLO", "3", "AUTH", "app", "secret"], "app", "secret"),
    (["HELLO", "2", "SETNAME", "me", "auth", "app", ""], "app", ""),
  ])
  func whoAsksIsReadFrom(_ words: [String], _ user: String, _ password: String) throws {
    var session = Self.session()
    let (position, arguments) = try session.check(Request(form: .array, words))
    guard case .login(let answer) = Self.commands[position].answer else {
      Issue.record("it is not a login")
      return
    }
    let request = try answer(session, arguments)
    #expect(request.credentials?.user == user)
    #expect(request.credentials?.password == Array(password.utf8))
    // Nothing has changed yet.
    #expect(session.name == "" && !session.isAdmitted && !session.usesVersion3)
    session.admit(Login(user: user, role: .read, revision: 1), generation: 1)
    _ = request.finish(&session)
    #expect(session.usesVersion3 == words.contains("3"))
    #expect(session.name == (words.contains("me") ? "me" : ""))
  }

  @Test(arguments: [
    (["HELLO", "3"], ErrorReply.Code.notAuthenticated), (["HELLO"], .notAuthenticated),
    (["HELLO", "4", "AUTH", "app", "secret"], .unsupportedProtocol),
    (["HELLO", "3", "AUTH", "app"], .badArgument), (["HELLO", "3", "SETNAME"], .badArgument),
    (["HELLO", "3", "SECRET", "app"], .badArgument),
  ])
  func aGreetingThatSaysNobodyIsRefused(_ words: [String], _ code: ErrorReply.Code) throws {
    var session = Self.session()
    #expect {
      _ = try session.reply(to: Request(form: .array, words))
    } throws: {
      ($0 as? ErrorReply)?.code == code
    }
  }
}

extension RequestParserTests {
  /// Unauthenticated clients get little memory.
  @Test func beforeLoginRequestsAreShort() {
    var parser = RequestParser()
    parser.isBeforeLogin = true
    let most = RequestLimits().beforeLogin
    for (text, isTooLong) in [
      ("*17\r\n", true), ("*2\r\n$5000\r\n", true), (String(repeating: "x", count: 5000), true),
      ("*2\r\n$4\r\nAUTH\r\n$1024\r\n\(String(repeating: "x", count: 1024))\r\n", false),
      ("HELLO 3 AUTH app secret SETNAME me\n", false),
    ] {
      var parser = parser
      var input = ByteBuffer(string: text)
      switch parser.next(from: &input) {
      case .failure(.tooLong(let limit)): #expect(isTooLong && limit == most.requestBytes)
      case .failure(.tooManyArguments(let limit)): #expect(isTooLong && limit == most.argumentCount)
      case let other: #expect(!isTooLong && other == .request)
      }
    }
    // The same parser accepts more after AUTH.
    parser.isBeforeLogin = false
    var input = ByteBuffer(string: String(repeating: "x", count: 5000) + "\n")
    #expect(parser.next(from: &input) == .request)
  }
}
