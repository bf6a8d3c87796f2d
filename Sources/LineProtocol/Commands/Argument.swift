/// The declaration of one or more arguments of a command, by which they are read:
///
///     let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
///     arguments.number(count)     // in the function that answers the command
package enum Argument: Sendable, Equatable {
  /// One argument that is required.
  case required(String)
  /// One argument that is optional.
  case optional(String)
  /// A count and that many texts, as with Redis's `numkeys`: the first of a command's arguments, and required.
  case counted(String)
  /// A count and that many tuples of texts, such as pairs: the first of a command's arguments, and required.
  case countedTuples([String])
  /// Any number of further arguments.
  case rest(String)
  /// An optional word followed by a whole number, anywhere behind the required arguments. The first of a command's
  /// numbers is assumed to determine the cost of its answers.
  case number(String, value: String, range: ClosedRange<Int>, default: Int)
  /// An optional word followed by a text, anywhere behind the required arguments.
  case text(String, value: String)
  /// A word followed by a text, anywhere behind the required arguments, any number of times.
  case repeated(String, value: String)
  /// A word followed by a count and that many texts, anywhere behind the required arguments. The texts may be words of
  /// options, as with Redis's `numkeys`.
  case list(String, value: String)
  /// A word anywhere behind the required arguments.
  case flag(String)
  /// One of several words, followed by bytes, behind the other required arguments; one of them is required.
  case choice([Alternative])

  /// A word and the name of what follows it.
  package struct Alternative: Sendable, Equatable {
    package let word: String
    package let value: String

    package init(_ word: String, value: String) { (self.word, self.value) = (word, value) }
  }
}

extension Argument {
  /// The argument in a usage line.
  package var usage: String {
    switch self {
    case .required(let name): name
    case .optional(let name): "[\(name)]"
    case .counted(let name): "n \(name) [\(name) ...]"
    case .countedTuples(let names):
      "n \(names.joined(separator: " ")) [\(names.joined(separator: " ")) ...]"
    case .rest(let name): "[\(name) ...]"
    case .number(let word, let value, _, _): "[\(word) \(value)]"
    case .text(let word, let value): "[\(word) \(value)]"
    case .repeated(let word, let value): "[\(word) \(value) ...]"
    case .list(let word, let value): "[\(word) n \(value) ...]"
    case .flag(let word): "[\(word)]"
    case .choice(let ways):
      "(" + ways.map { "\($0.word) \($0.value)" }.joined(separator: " or ") + ")"
    }
  }

  /// The maximum number of texts of a ``list(_:value:)`` or a ``counted(_:)``, and of tuples of a
  /// ``countedTuples(_:)``.
  package static let listLimit = 1000

  /// The argument as Redis's COMMAND DOCS describes one.
  var documentation: Reply {
    switch self {
    case .required(let name): Self.describe(name, "string", [])
    case .optional(let name): Self.describe(name, "string", ["optional"])
    case .counted(let name): Self.describe("n \(name)", "string", ["multiple"])
    case .countedTuples(let names):
      Self.describe("n \(names.joined(separator: " "))", "string", ["multiple"])
    case .rest(let name): Self.describe(name, "string", ["optional", "multiple"])
    case .number(let word, let value, _, _):
      Self.describe(value, "integer", token: word, ["optional"])
    case .text(let word, let value):
      Self.describe(value, "string", token: word, ["optional"])
    case .repeated(let word, let value):
      Self.describe(value, "string", token: word, ["optional", "multiple", "multiple_token"])
    case .list(let word, let value):
      .map([
        ReplyField("name", .text(word.lowercased())), ReplyField("type", .text("block")),
        ReplyField("token", .text(word)), ReplyField("flags", .list([.status("optional")])),
        ReplyField(
          "arguments",
          .list([
            Self.describe("n", "integer", []), Self.describe(value, "string", ["multiple"]),
          ])),
      ])
    case .flag(let word): Self.describe(word.lowercased(), "pure-token", token: word, ["optional"])
    case .choice(let ways):
      .map([
        ReplyField("name", .text("source")), ReplyField("type", .text("oneof")),
        ReplyField(
          "arguments",
          .list(ways.map { Self.describe($0.value, "string", token: $0.word, []) })),
      ])
    }
  }

  private static func describe(
    _ name: String, _ type: String, token: String? = nil, _ flags: [String]
  ) -> Reply {
    var fields = [ReplyField("name", .text(name)), ReplyField("type", .text(type))]
    if let token { fields.append(ReplyField("token", .text(token))) }
    if !flags.isEmpty { fields.append(ReplyField("flags", .list(flags.map { .status($0) }))) }
    return .map(fields)
  }

  /// Whether the argument is or begins with a word, rather than being identified by its position.
  var isOption: Bool {
    switch self {
    case .number, .text, .repeated, .list, .flag: true
    case .required, .optional, .counted, .countedTuples, .rest, .choice: false
    }
  }
}
