import Daemon
import LineProtocol
import Testing

/// A command that reads an argument it does not declare traps.
struct DeclaredArgumentTests {
  /// Values for options that do not accept any text.
  private static let texts = ["WHERE": "genre=Comedy", "MODEL": "recommender"]

  @Test(arguments: DaemonCommand.all.map(\.description), [false, true])
  func everyCommandDeclaresWhatItReads(_ command: CommandDescription, isWhole: Bool) throws {
    let arguments = command.arguments.flatMap { argument -> [String] in
      switch argument {
      case .required: ["1"]
      case .counted: ["2", "1", "2"]
      case .countedTuples(let names):
        ["2"] + ["10", "20"].flatMap { [$0] + Array(repeating: "4", count: names.count - 1) }
      case .optional, .rest: isWhole ? ["1"] : []
      case .number(let word, _, let range, _): isWhole ? [word, "\(range.lowerBound)"] : []
      case .repeated(let word, _): isWhole ? [word, "1"] : []
      case .text(let word, _): isWhole ? [word, Self.texts[word] ?? "0.5"] : []
      case .list(let word, _): isWhole ? [word, "1", "10"] : []
      case .flag(let word): isWhole ? [word] : []
      case .choice(let ways): [ways[0].word, "1"]
      }
    }
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0.1.0")
    let request = ([command.name] + arguments).joined(separator: " ") + "\n"
    let answer = conversation.answer(request)
    // The reply to SHUTDOWN is the end of the connection.
    #expect(answer.hasSuffix("\n") || command.name == "SHUTDOWN" && !isWhole && answer.isEmpty)
  }

  /// Uses the maximum number of ids in each list. A request that stands for several is limited in total.
  @Test(arguments: DaemonCommand.all.map(\.description))
  func noRequestThatACommandTakesHasTooManyArguments(_ command: CommandDescription) throws {
    let ids = (0..<Argument.listLimit).map { "\($0)" }
    let count = "\(ids.count)"
    let arguments = command.arguments.flatMap { argument -> [String] in
      switch argument {
      case .required, .optional, .rest: ["1"]
      case .counted: [count] + ids
      case .countedTuples(let names):
        [count] + ids.flatMap { [$0] + Array(repeating: "4", count: names.count - 1) }
      case .number(let word, _, let range, _): [word, "\(range.lowerBound)"]
      case .repeated(let word, _): [word, "1"]
      case .text(let word, _): [word, Self.texts[word] ?? "0.5"]
      case .list(let word, _): [word, count] + ids
      case .flag(let word): [word]
      case .choice(let ways): [ways[0].word, "1"]
      }
    }
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0.1.0")
    let answer = conversation.answer(([command.name] + arguments).joined(separator: " ") + "\n")
    #expect(arguments.count < RequestLimits().argumentCount)
    #expect(!answer.contains("REQUEST_TOO_LONG") || command.name == "MRECOMMEND", "\(answer)")
  }
}
