import Errors

/// A request's arguments, read as the table describes its command.
package struct CommandArguments: Sendable {
  /// The command that they belong to.
  package let command: Command
  /// The arguments that stand by position, without the command's name.
  package private(set) var positional: [ArraySlice<UInt8>] = []
  private var numbers: [String: Int] = [:]
  private var flags: Set<String> = []

  /// Reads the arguments of `request`, which names `command`. Throws an error for a wrong number of
  /// them, an unknown or repeated option, or a number outside its range.
  package init(of request: Request, for command: Command) throws(ErrorReply) {
    self.command = command
    let counts = command.argumentCounts
    guard request.count >= counts.least, request.count <= counts.most ?? .max else {
      throw ErrorReply(
        .wrongArgumentCount, "wrong number of arguments for \(command.name.rawValue)",
        remedy: "Usage: \(command.usage)")
    }
    let optionsStart = command.takesOptions ? counts.least : request.count
    for position in 1..<optionsStart { positional.append(request[position]) }
    var position = optionsStart
    while position < request.count { try readOption(of: request, at: &position) }
  }

  /// The number behind the word `option`, or its default. Traps when the command has no such option.
  package func number(_ option: String) -> Int {
    guard let number = numberIfAny(option) else {
      preconditionFailure("\(command.name.rawValue) has no option \(option)")
    }
    return number
  }

  /// The number behind the word `option`, or its default; nil when the command has no such option.
  package func numberIfAny(_ option: String) -> Int? {
    for case .option(option, _, _, let number) in command.arguments {
      return numbers[option] ?? number
    }
    return nil
  }

  /// Whether the word `flag` is there.
  package func hasFlag(_ flag: String) -> Bool { flags.contains(flag) }

  /// The positional argument as text; throws when it is not valid UTF-8. Traps outside
  /// `positional`.
  package func text(_ position: Int) throws(ErrorReply) -> String {
    guard let text = String(validating: positional[position], as: UTF8.self) else {
      throw ErrorReply(
        .badArgument, "argument \(position + 1) of \(command.name.rawValue) is not valid UTF-8",
        remedy: "Send text as UTF-8.")
    }
    return text
  }

  private mutating func readOption(
    of request: Request, at position: inout Int
  ) throws(ErrorReply) {
    let text = request[position]
    let given = ClientText.word(text)
    position += 1
    for argument in command.arguments {
      switch argument {
      case .flag(let flag) where flag == given:
        guard flags.insert(flag).inserted else { throw repeated(flag) }
        return
      case .option(let word, let value, let range, _) where word == given:
        guard numbers[word] == nil else { throw repeated(word) }
        guard position < request.count else {
          throw bad("\(word) has no number behind it", remedy: "Usage: \(command.usage)")
        }
        guard let number = Int(String(decoding: request[position], as: UTF8.self)),
          range.contains(number)
        else {
          throw bad(
            "the \(value) of \(word) is not a whole number from \(range.lowerBound) to "
              + "\(range.upperBound)", remedy: "Usage: \(command.usage)")
        }
        numbers[word] = number
        position += 1
        return
      default: continue
      }
    }
    throw bad(
      "\(command.name.rawValue) has no option '\(Excerpt.of(text))'",
      remedy: "Usage: \(command.usage)")
  }

  private func repeated(_ word: String) -> ErrorReply {
    bad("\(word) stands twice", remedy: "Give it once.")
  }

  private func bad(_ problem: String, remedy: String) -> ErrorReply {
    ErrorReply(.badArgument, problem, remedy: remedy)
  }
}

extension Command {
  /// Whether words follow the required arguments, rather than arguments by position.
  fileprivate var takesOptions: Bool {
    arguments.contains { argument in
      switch argument {
      case .option, .flag: true
      case .required, .optional, .rest: false
      }
    }
  }
}
