/// A place for one or more of a command's arguments: declared once, and read by its declaration.
///
///     let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
///     arguments.number(count)     // in the function that answers the command
package enum Argument: Sendable, Equatable {
  /// One argument that must be there.
  case required(String)
  /// One argument that may be left out.
  case optional(String)
  /// A number of texts, and so many texts, as in Redis's `numkeys`: the first of a command's arguments,
  /// which must be there.
  case counted(String)
  /// A number of tuples of texts, such as pairs, and so many of them: the first of a command's arguments, which must be there.
  case countedTuples([String])
  /// Any number of further arguments.
  case rest(String)
  /// A word and a whole number behind it, which may be left out, both anywhere behind the required
  /// arguments. What a command's answers cost is taken to go by the first of its numbers.
  case number(String, value: String, range: ClosedRange<Int>, default: Int)
  /// A word and a text behind it, which may be left out, both anywhere behind the required arguments.
  case text(String, value: String)
  /// A word and a text behind it, anywhere behind the required arguments, any number of times.
  case repeated(String, value: String)
  /// A word, a number of texts, and so many texts behind it, anywhere behind the required arguments: the
  /// texts may be words of options, as in Redis's `numkeys`.
  case list(String, value: String)
  /// A word that may stand anywhere behind the required arguments.
  case flag(String)
  /// One of several words and the bytes behind it, behind the other required arguments: one of them must be there.
  case choice([Alternative])

  /// A word and what stands behind it.
  package struct Alternative: Sendable, Equatable {
    package let word: String
    package let value: String

    package init(_ word: String, value: String) { (self.word, self.value) = (word, value) }
  }
}

extension Argument {
  /// How the argument stands in a usage line.
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

  /// The most texts of a ``list(_:value:)`` or a ``counted(_:)``, and tuples of a ``countedTuples(_:)``.
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

  /// Whether the argument is a word, or begins with one, rather than standing by its position.
  var isOption: Bool {
    switch self {
    case .number, .text, .repeated, .list, .flag: true
    case .required, .optional, .counted, .countedTuples, .rest, .choice: false
    }
  }
}
