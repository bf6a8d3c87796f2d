import Errors

/// A request's arguments, parsed as its command declares them.
package struct CommandArguments: Sendable {
  /// The value of an option.
  private enum Given {
    case nothing
    case flag
    case number(Int)
    case texts([ArraySlice<UInt8>])
  }

  /// The command of the arguments.
  package let command: CommandDescription
  /// The positional arguments, without the command's name.
  package private(set) var positional: [ArraySlice<UInt8>] = []
  /// The values given for the command's arguments; empty if it has no options.
  private var options: [Given] = []
  /// The subcommand, which is the first argument; `nil` if the command has none, or it is optional and was omitted.
  package private(set) var subcommand: Subcommand?
  /// The word given for the command's ``Argument/choice(_:)``; `nil` if it has none.
  private var chosenWord: String?

  /// Parses the arguments of `request`, which names `command`. Throws an error for a wrong number of them, an unknown
  /// or repeated option, a word that is not in a choice, or a number outside its range.
  package init(of request: Request, for command: CommandDescription) throws(ErrorReply) {
    self.command = command
    let counts = command.argumentCounts
    guard request.count >= counts.least, request.count <= counts.most ?? .max else {
      throw ErrorReply(
        .wrongArgumentCount, "wrong number of arguments for \(command.name)",
        remedy: "Usage: \(command.usage)")
    }
    if command.takesData { try checkWords(of: request) }
    let takesOptions = command.arguments.contains(where: \.isOption)
    if takesOptions { options = Array(repeating: .nothing, count: command.arguments.count) }
    var position = takesOptions ? counts.least : request.count
    switch command.arguments.first {
    case .counted(let name):
      position = 1
      positional = try takeTexts(
        "\(name)s", behind: command.name, atLeast: 1, of: request, at: &position)
    case .countedTuples(let names):
      position = 1
      positional = try takeTexts(
        "times \(names.joined(separator: " "))", each: names.count, behind: command.name,
        atLeast: 1, of: request, at: &position)
    default:
      for place in 1..<position { positional.append(request[place]) }
    }
    for (place, argument) in command.arguments.enumerated() {
      if case .choice(let ways) = argument { chosenWord = try choose(among: ways, at: place) }
    }
    while position < request.count { try readOption(of: request, at: &position) }
    if !command.subcommands.isEmpty { subcommand = try readSubcommand() }
  }

  /// Throws if any argument but the data of a choice is longer than a word may be, in a request that may be as long as
  /// data.
  private func checkWords(of request: Request) throws(ErrorReply) {
    let data = command.arguments.firstIndex { if case .choice = $0 { true } else { false } }
      .map { $0 + 2 }
    for place in 1..<request.count where place != data {
      guard request[place].count <= Self.wordByteLimit else {
        throw bad(
          "argument \(place) of \(command.name) is longer than \(Self.wordByteLimit) bytes",
          remedy: "Usage: \(command.usage)")
      }
    }
  }

  private static let wordByteLimit = 1024

  /// Returns the word of one of `ways` at `place`.
  private func choose(
    among ways: [Argument.Alternative], at place: Int
  ) throws(ErrorReply) -> String {
    let given = ProtocolWord.read(positional[place])
    guard let way = ways.first(where: { $0.word == given }) else {
      throw bad(
        "'\(Excerpt.of(positional[place]))' is not one of \(ways.map(\.word).joined(separator: ", "))",
        remedy: "Usage: \(command.usage)")
    }
    return way.word
  }

  private mutating func readOption(
    of request: Request, at position: inout Int
  ) throws(ErrorReply) {
    let text = request[position]
    let given = ProtocolWord.read(text)
    position += 1
    for (place, argument) in command.arguments.enumerated() {
      switch argument {
      case .flag(let word) where word == given:
        try checkIsNew(place, word)
        options[place] = .flag
        return
      case .number(let word, let value, let range, _) where word == given:
        try checkIsNew(place, word)
        options[place] = .number(
          try takeNumber(behind: word, value, in: range, of: request, at: &position))
        return
      case .list(let word, let value) where word == given:
        try checkIsNew(place, word)
        options[place] = .texts(
          try takeTexts("\(value)s", behind: word, atLeast: 0, of: request, at: &position))
        return
      case .text(let word, let value) where word == given:
        try checkIsNew(place, word)
        options[place] = .texts([
          try takeValue(behind: word, value, of: request, at: &position)
        ])
        return
      case .repeated(let word, let value) where word == given:
        let text = try takeValue(behind: word, value, of: request, at: &position)
        if case .texts(let texts) = options[place] {
          options[place] = .texts(texts + [text])
        } else {
          options[place] = .texts([text])
        }
        return
      default: continue
      }
    }
    throw bad(
      "\(command.name) has no option '\(Excerpt.of(text))'", remedy: "Usage: \(command.usage)")
  }

  private func checkIsNew(_ place: Int, _ word: String) throws(ErrorReply) {
    guard case .nothing = options[place] else {
      throw bad("\(word) is given twice", remedy: "Give it once.")
    }
  }

  /// Parses a count, and that many times `each` texts behind it.
  private func takeTexts(
    _ values: String, each: Int = 1, behind word: String, atLeast least: Int, of request: Request,
    at position: inout Int
  ) throws(ErrorReply) -> [ArraySlice<UInt8>] {
    let count = try takeNumber(
      behind: word, "n", in: least...Argument.listLimit, of: request, at: &position)
    guard count * each <= request.count - position else {
      throw bad(
        "\(word) is followed by fewer than \(count) \(values)",
        remedy: "Usage: \(command.usage)")
    }
    defer { position += count * each }
    return (position..<position + count * each).map { request[$0] }
  }

  private func takeNumber(
    behind word: String, _ value: String, in range: ClosedRange<Int>, of request: Request,
    at position: inout Int
  ) throws(ErrorReply) -> Int {
    let text = try takeValue(behind: word, "number", of: request, at: &position)
    // A long text is not parsed: it may be as long as data.
    let number =
      text.count <= Self.numberByteLimit ? Int(String(decoding: text, as: UTF8.self)) : nil
    guard let number, range.contains(number) else {
      throw bad(
        "the \(value) of \(word) is not a whole number from \(range.lowerBound) to "
          + "\(range.upperBound)", remedy: "Usage: \(command.usage)")
    }
    return number
  }

  /// Longer than any number that fits, including leading zeros.
  private static let numberByteLimit = 64

  private func takeValue(
    behind word: String, _ value: String, of request: Request, at position: inout Int
  ) throws(ErrorReply) -> ArraySlice<UInt8> {
    guard position < request.count else {
      throw bad("no \(value) follows \(word)", remedy: "Usage: \(command.usage)")
    }
    defer { position += 1 }
    return request[position]
  }

  /// Returns the subcommand, which is the first argument; throws unless it is one of the command's, with as many
  /// arguments as it takes.
  private func readSubcommand() throws(ErrorReply) -> Subcommand? {
    guard let first = positional.first else { return nil }
    let name = ProtocolWord.read(first)
    guard let subcommand = command.subcommands.first(where: { $0.name == name }) else {
      throw .unknown(
        first, what: "subcommand of \(command.name)", of: command.subcommands.map(\.name),
        listing: "\(command.name) takes")
    }
    guard subcommand.argumentCounts.contains(positional.count - 1) else {
      throw ErrorReply(
        .wrongArgumentCount, "wrong number of arguments for \(command.name) \(subcommand.name)",
        remedy: "Usage: \(subcommand.usage(of: command))")
    }
    return subcommand
  }

  private func bad(_ problem: String, remedy: String) -> ErrorReply {
    ErrorReply(.badArgument, problem, remedy: remedy)
  }
}

// MARK: - Reading by declaration

extension CommandArguments {
  /// Returns the bytes of the positional `argument`; `nil` if it was omitted.
  package func bytes(_ argument: Argument) -> ArraySlice<UInt8>? {
    let place = place(of: argument)
    return place < positional.count ? positional[place] : nil
  }

  /// Returns the positional and required `argument` as text; throws if it is not valid UTF-8.
  package func text(_ argument: Argument) throws(ErrorReply) -> String {
    try text(at: place(of: argument))
  }

  /// Returns the tuples of `argument`, a ``Argument/countedTuples(_:)``; throws if a text is not valid UTF-8.
  package func tuples(_ argument: Argument) throws(ErrorReply) -> [[String]] {
    guard case .countedTuples(let names) = argument else {
      preconditionFailure("\(argument.usage) is of no tuples")
    }
    return try stride(from: 0, to: positional.count, by: names.count).map {
      place throws(ErrorReply) in
      try (place..<place + names.count).map { place throws(ErrorReply) in try text(at: place) }
    }
  }

  /// Returns all arguments from `argument` on, a ``Argument/rest(_:)`` or a ``Argument/counted(_:)``.
  package func rest(_ argument: Argument) -> ArraySlice<ArraySlice<UInt8>> {
    positional.dropFirst(place(of: argument))
  }

  /// Returns the word given for `argument`, a ``Argument/choice(_:)``, and the bytes behind it.
  package func choice(_ argument: Argument) -> (word: String, bytes: ArraySlice<UInt8>) {
    guard case .choice = argument, let chosenWord else {
      preconditionFailure("\(argument.usage) is not a choice")
    }
    return (chosenWord, positional[place(of: argument) + 1])
  }

  /// Returns the number given for `argument`, or its default.
  package func number(_ argument: Argument) -> Int {
    guard case .number(_, _, _, let usual) = argument else {
      preconditionFailure("\(argument.usage) is not a number")
    }
    if case .number(let number) = options[place(of: argument)] { return number }
    return usual
  }

  /// Returns whether the flag `argument` was given.
  package func has(_ argument: Argument) -> Bool {
    if case .flag = options[place(of: argument)] { true } else { false }
  }

  /// Returns the texts given for `argument`, in order; throws if one is not valid UTF-8.
  package func texts(_ argument: Argument) throws(ErrorReply) -> [String] {
    guard case .texts(let texts) = options[place(of: argument)] else { return [] }
    return try texts.map { text throws(ErrorReply) in try valid(text, argument.usage) }
  }

  /// Returns the text given for `argument`; `nil` if it was omitted. Throws if it is not valid UTF-8.
  package func optionalText(_ argument: Argument) throws(ErrorReply) -> String? {
    try texts(argument).first
  }

  /// Returns whether anything was given for `argument`, an option.
  package func isGiven(_ argument: Argument) -> Bool {
    if case .nothing = options[place(of: argument)] { false } else { true }
  }

  /// The options given: a bit for each of the command's arguments, the lowest for the first.
  package var givenOptions: UInt64 {
    options.enumerated().reduce(0) { bits, option in
      if case .nothing = option.element { bits } else { bits | 1 << UInt64(option.offset) }
    }
  }

  /// The first of the command's numbers; 0 if it takes none.
  package var size: Int {
    command.arguments.first { if case .number = $0 { true } else { false } }.map(number) ?? 0
  }

  /// Returns the positional argument at `place`, which must exist, as text.
  package func text(at place: Int) throws(ErrorReply) -> String {
    try valid(positional[place], "argument \(place + 1)")
  }

  /// Returns `bytes` as text; throws an error that calls them `what` if they are not valid UTF-8.
  package func valid(
    _ bytes: ArraySlice<UInt8>, _ what: String
  ) throws(ErrorReply) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw bad("\(what) of \(command.name) is not valid UTF-8", remedy: "Send text as UTF-8.")
    }
    return text
  }

  private func place(of argument: Argument) -> Int {
    guard let place = command.arguments.firstIndex(of: argument) else {
      preconditionFailure("\(command.name) does not declare \(argument.usage)")
    }
    return place
  }
}
