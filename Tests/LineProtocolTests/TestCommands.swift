import LineProtocol
import NIOCore

/// Commands for tests: those of the protocol, and some for a model that is a string.
enum TestCommands {
  typealias TestCommand = Command<Never, String>

  static let user = Argument.required("user")
  static let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
  static let withRated = Argument.flag("WITHRATED")
  static let withScores = Argument.flag("WITHSCORES")
  static let conditions = Argument.repeated("WHERE", value: "name=value")

  static let exclude = Argument.list("EXCLUDE", value: "id")

  static let recommend = TestCommand(
    "RECOMMEND", .model, [user, count, withRated, withScores, conditions, exclude],
    summary: "What a user should see next.", complexity: "O(items)", since: "0.1",
    answer: .model { (model, arguments) throws(ErrorReply) in
      .text("\(try arguments.text(user)) by \(model)")
    })

  static let predict = TestCommand(
    "PREDICT", .model, [user, .required("item")], summary: "A rating.", complexity: "O(1)",
    since: "0.1", answer: .model { (_, _) throws(ErrorReply) in .null })

  static let similar = TestCommand(
    "SIMILAR", .model, [.required("item"), count], summary: "What is like an item.",
    complexity: "O(items)", since: "0.1",
    answer: .model { (_, _) throws(ErrorReply) in .null })

  static let all = [recommend, similar, predict] + TestCommand.ofProtocol
  static let table = CommandTable(all.map(\.description))

  /// Returns the command that `request` names, and its arguments.
  static func read(
    _ request: Request
  ) throws(ErrorReply) -> (command: TestCommand, arguments: CommandArguments) {
    let command = all[try table.position(of: request[0])]
    return (command, try CommandArguments(of: request, for: command.description))
  }

  static func description(_ name: String) throws(ErrorReply) -> CommandDescription {
    table.all[try table.position(of: Array(name.utf8)[...])]
  }
}

extension Session {
  /// Returns the reply to `request`; nil if the session alone cannot give it.
  mutating func reply(to request: Request) throws(ErrorReply) -> Reply? {
    let (command, arguments) = try TestCommands.read(request)
    switch command.answer {
    case .session(let answer): return try answer(&self, arguments)
    case .login(let answer):
      let request = try answer(self, arguments)
      return request.credentials == nil ? request.finish(&self) : nil
    case .server, .model, .deferring, .connection, .each, .transaction: return nil
    }
  }
}

extension Request {
  /// Creates a request of the given words, as the parser produces it.
  init(form: Form, _ words: [String]) {
    var input = ByteBuffer()
    switch form {
    case .line:
      let quoted = words.map {
        "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
      }
      input.writeString(quoted.joined(separator: " ") + "\n")
    case .array:
      input.writeString(
        words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" })
    }
    var parser = RequestParser(limits: RequestLimits(requestBytes: 1 << 20))
    precondition(parser.next(from: &input) == .request, "no request: \(words)")
    self = parser.request
  }
}
