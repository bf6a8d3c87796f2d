import LineProtocol
import Testing

struct CommandTests {
  static func arguments(_ words: String...) throws -> CommandArguments {
    try TestCommands.read(Request(form: .line, words)).arguments
  }

  static func error(_ words: [String]) -> ErrorReply? {
    do throws(ErrorReply) {
      _ = try TestCommands.read(Request(form: .line, words))
      return nil
    } catch {
      return error
    }
  }

  @Test func theTableHasEachCommandOnce() throws {
    for command in TestCommands.table.all {
      #expect(try TestCommands.description(command.name) == command)
      #expect(command.summary.hasSuffix(".") && !command.complexity.isEmpty)
    }
  }

  @Test(arguments: ["RECOMMEND", "recommend", "ReCoMmEnD"])
  func namesAreReadInAnyCase(_ name: String) throws {
    #expect(try TestCommands.description(name) == TestCommands.recommend.description)
  }

  @Test(arguments: [
    ("RECOMEND", "Did you mean RECOMMEND?"), ("pnig", "Did you mean PING?"),
    ("ZRANGE", "The commands are RECOMMEND, SIMILAR, PREDICT, HELP, "),
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
    #expect(arguments.number(TestCommands.count) == 3 && arguments.size == 3)
    #expect(arguments.has(TestCommands.withRated))
    #expect(!arguments.has(TestCommands.withScores))
    #expect(try arguments.text(TestCommands.user) == "7")
    #expect(try Self.arguments("RECOMMEND", "7").number(TestCommands.count) == 10)
    for count in [1, 1000] {
      let arguments = try Self.arguments("RECOMMEND", "7", "COUNT", "\(count)")
      #expect(arguments.number(TestCommands.count) == count)
    }
  }

  @Test func aRepeatedOptionKeepsItsOrder() throws {
    let arguments = try Self.arguments(
      "RECOMMEND", "7", "WHERE", "genre=Comedy", "COUNT", "3", "where", "year=1994")
    #expect(try arguments.texts(TestCommands.conditions) == ["genre=Comedy", "year=1994"])
    #expect(arguments.number(TestCommands.count) == 3)
    #expect(try Self.arguments("RECOMMEND", "7").texts(TestCommands.conditions).isEmpty)
  }

  /// The strings of a list may be any words, including those of options.
  @Test func aListTakesAsManyTextsAsItSays() throws {
    let arguments = try Self.arguments(
      "RECOMMEND", "7", "exclude", "3", "COUNT", "", "WITHRATED", "COUNT", "3")
    #expect(try arguments.texts(TestCommands.exclude) == ["COUNT", "", "WITHRATED"])
    #expect(arguments.number(TestCommands.count) == 3)
    #expect(!arguments.has(TestCommands.withRated))
    let none = try Self.arguments("RECOMMEND", "7", "EXCLUDE", "0")
    #expect(try none.isGiven(TestCommands.exclude) && none.texts(TestCommands.exclude).isEmpty)
    #expect(try !Self.arguments("RECOMMEND", "7").isGiven(TestCommands.exclude))
  }

  @Test func theFunctionOfADeclarationAnswers() throws {
    guard case .model(let answer) = TestCommands.recommend.answer else {
      Issue.record("RECOMMEND does not ask the model")
      return
    }
    #expect(try answer("heart", Self.arguments("RECOMMEND", "7")) == .text("7 by heart"))
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
    (["RECOMMEND", "1", "EXCLUDE"], .badArgument),
    (["RECOMMEND", "1", "EXCLUDE", "2", "5"], .badArgument),
    (["RECOMMEND", "1", "EXCLUDE", "-1"], .badArgument),
    (["RECOMMEND", "1", "EXCLUDE", "1001"], .badArgument),
    (["RECOMMEND", "1", "EXCLUDE", "1", "5", "EXCLUDE", "1", "5"], .badArgument),
    (["RECOMMEND", "1", "FAST"], .badArgument), (["RECOMMEND", "1", "WHERE"], .badArgument),
  ])
  func wrongArgumentsAreRefused(_ words: [String], _ code: ErrorReply.Code) {
    #expect(Self.error(words)?.code == code)
  }

  @Test(arguments: [("PREDICT", 3), ("RECOMMEND", -2), ("PING", -1), ("QUIT", 1)])
  func theArityIsRedis(_ name: String, _ arity: Int) throws {
    #expect(try TestCommands.description(name).arity == arity)
  }

  @Test func everyUsageLineWritesTheCommand() throws {
    #expect(
      TestCommands.recommend.description.usage
        == "RECOMMEND user [COUNT n] [WITHRATED] [WITHSCORES] [WHERE name=value ...] "
        + "[EXCLUDE n id ...]")
    #expect(
      try TestCommands.description("COMMAND").usage == "COMMAND [subcommand] [name ...]")
  }

  @Test func errorCodesAreAllDifferentWords() {
    for code in ErrorReply.Code.allCases {
      #expect(code.rawValue.allSatisfy { $0.isUppercase || $0 == "_" })
    }
  }
}
