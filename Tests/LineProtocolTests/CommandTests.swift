import LineProtocol
import Testing

struct CommandTests {
  static func arguments(_ words: String...) throws -> CommandArguments {
    let request = Request(form: .line, words)
    return try CommandArguments(of: request, for: CommandTable.command(named: request[0]))
  }

  static func error(_ words: [String]) -> ErrorReply? {
    let request = Request(form: .line, words)
    do throws(ErrorReply) {
      _ = try CommandArguments(of: request, for: CommandTable.command(named: request[0]))
      return nil
    } catch {
      return error
    }
  }

  @Test func theTableHasEachCommandOnce() {
    #expect(
      CommandTable.all.map(\.name).sorted { $0.rawValue < $1.rawValue }
        == Command.Name.allCases.sorted { $0.rawValue < $1.rawValue })
    for command in CommandTable.all {
      #expect(CommandTable.command(command.name) == command)
      #expect(command.summary.hasSuffix(".") && !command.complexity.isEmpty)
    }
  }

  @Test(arguments: ["RECOMMEND", "recommend", "ReCoMmEnD"])
  func namesAreReadInAnyCase(_ name: String) throws {
    #expect(try CommandTable.command(named: Array(name.utf8)[...]).name == .recommend)
  }

  @Test(arguments: [
    ("RECOMEND", "Did you mean RECOMMEND?"), ("pnig", "Did you mean PING?"),
    ("ZRANGE", "The commands are RECOMMEND, SIMILAR, PREDICT, INFO, HELP, "),
    ("", "The commands are RECOMMEND"),
  ])
  func anUnknownNameGetsTheNearest(_ name: String, _ remedy: String) {
    let error = Self.error([name])
    #expect(error?.code == .unknownCommand)
    #expect(error?.remedy.hasPrefix(remedy) == true, "\(String(describing: error))")
  }

  @Test func anUnknownNameIsGivenBackOnlyInPart() {
    let error = Self.error([String(repeating: "x", count: 60_000)])
    #expect((error?.message.count ?? 1000) < 120)
  }

  @Test func optionsStandInAnyOrderAndCase() throws {
    let arguments = try Self.arguments("RECOMMEND", "7", "withrated", "count", "3")
    #expect(arguments.number("COUNT") == 3)
    #expect(arguments.hasFlag("WITHRATED"))
    #expect(!arguments.hasFlag("WITHSCORES"))
    #expect(try arguments.text(0) == "7")
    #expect(try Self.arguments("RECOMMEND", "7").number("COUNT") == 10)
    for count in [1, 1000] {
      #expect(try Self.arguments("SIMILAR", "7", "COUNT", "\(count)").number("COUNT") == count)
    }
  }

  @Test(arguments: [
    (["RECOMMEND"], ErrorReply.Code.wrongArgumentCount), (["PREDICT", "1"], .wrongArgumentCount),
    (["PREDICT", "1", "2", "3"], .wrongArgumentCount), (["PING", "1", "2"], .wrongArgumentCount),
    (["QUIT", "now"], .wrongArgumentCount),
    (["RECOMMEND", "1", "COUNT"], .badArgument), (["RECOMMEND", "1", "COUNT", "0"], .badArgument),
    (["RECOMMEND", "1", "COUNT", "1001"], .badArgument),
    (["RECOMMEND", "1", "COUNT", "x"], .badArgument),
    (["RECOMMEND", "1", "COUNT", "1", "COUNT", "1"], .badArgument),
    (["RECOMMEND", "1", "WITHRATED", "WITHRATED"], .badArgument),
    (["RECOMMEND", "1", "FAST"], .badArgument), (["SIMILAR", "1", "WITHRATED"], .badArgument),
  ])
  func wrongArgumentsAreRefused(_ words: [String], _ code: ErrorReply.Code) {
    #expect(Self.error(words)?.code == code)
  }

  @Test func theArityIsRedis() {
    let arities = Dictionary(
      uniqueKeysWithValues: CommandTable.all.map { ($0.name, $0.arity) })
    #expect(arities[.predict] == 3)
    #expect(arities[.recommend] == -2)
    #expect(arities[.ping] == -1)
    #expect(arities[.quit] == 1)
  }

  @Test func everyUsageLineWritesTheCommand() {
    #expect(
      CommandTable.command(.recommend).usage
        == "RECOMMEND user [COUNT n] [WITHRATED] [NOFALLBACK] [WITHSCORES] [WITHDETAILS]")
    #expect(CommandTable.command(.client).usage == "CLIENT subcommand [argument ...]")
  }

  @Test func errorCodesAreAllDifferentWords() {
    for code in ErrorReply.Code.allCases {
      #expect(code.rawValue.allSatisfy { $0.isUppercase || $0 == "_" })
    }
  }
}
