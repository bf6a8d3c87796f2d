import Errors

/// A recursive-descent parser of conditions:
///
///     any     = all { "or" all }
///     all     = single { "and" single }
///     single  = "not" single | "(" any ")" | name test
///     test    = comparison value | [ "not" ] "in" "(" value { "," value } ")"
///
/// Names and values are words or texts in single or double quotes. A quote inside is written twice. A word ends
/// before white space, a quote and any of `( ) , = ! < >`. Keywords are case-insensitive.
struct ConditionParser {
  private enum Token: Equatable {
    case word(String)
    case quoted(String)
    case comparison(ItemCondition.Comparison)
    case open, close, comma
    case end
  }

  private let text: String
  private let characters: [Character]
  /// The position after the current token.
  private var position = 0
  private var token = Token.end
  /// The start of the current token.
  private var start = 0
  private var depth = 0

  private init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  /// Parses `text`.
  static func read(_ text: String) throws(RecommendingError) -> ItemCondition.Node {
    var parser = ConditionParser(text)
    try parser.advance()
    let node = try parser.any()
    guard parser.token == .end else {
      throw parser.unexpected(
        "and, or, or the end",
        remedy: "Put text of several words in quotes: 'Film Noir'.")
    }
    return node
  }

  // MARK: - Grammar

  private mutating func any() throws(RecommendingError) -> ItemCondition.Node {
    var nodes = [try all()]
    while isKeyword("or") {
      try advance()
      nodes.append(try all())
    }
    return nodes.count == 1 ? nodes[0] : .any(nodes)
  }

  private mutating func all() throws(RecommendingError) -> ItemCondition.Node {
    var nodes = [try single()]
    while isKeyword("and") {
      try advance()
      nodes.append(try single())
    }
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func single() throws(RecommendingError) -> ItemCondition.Node {
    if isKeyword("not") {
      try descend()
      defer { depth -= 1 }
      try advance()
      return .not(try single())
    }
    guard token == .open else { return try test() }
    try descend()
    defer { depth -= 1 }
    try advance()
    let node = try any()
    try take(.close, "and, or, or )")
    return node
  }

  private mutating func test() throws(RecommendingError) -> ItemCondition.Node {
    let name = try term("the name of an attribute")
    if case .comparison(let comparison) = token {
      try advance()
      return .test(name: name, comparison, values: [try term("a value")])
    }
    let isNegated = isKeyword("not")
    if isNegated { try advance() }
    guard isKeyword("in") else {
      throw unexpected(isNegated ? "in" : "=, !=, <, <=, >, >= or in")
    }
    try advance()
    try take(.open, "(")
    var values = [try term("a value")]
    while token == .comma {
      try advance()
      values.append(try term("a value"))
    }
    try take(.close, ", or )")
    return .test(name: name, isNegated ? .unequal : .equal, values: values)
  }

  private mutating func term(_ expected: String) throws(RecommendingError) -> ItemCondition.Term {
    let term: ItemCondition.Term
    switch token {
    case .word(let word):
      guard !["and", "or", "not", "in"].contains(word.lowercased()) else {
        throw unexpected(expected, remedy: "To use it as text, put it in quotes: '\(word)'.")
      }
      term = ItemCondition.Term(text: word, isQuoted: false, position: start)
    case .quoted(let text):
      term = ItemCondition.Term(text: text, isQuoted: true, position: start)
    default: throw unexpected(expected)
    }
    try advance()
    return term
  }

  private mutating func take(_ wanted: Token, _ expected: String) throws(RecommendingError) {
    guard token == wanted else { throw unexpected(expected) }
    try advance()
  }

  private mutating func descend() throws(RecommendingError) {
    guard depth < ItemCondition.depthLimit else {
      throw ItemCondition.error(
        "nested deeper than \(ItemCondition.depthLimit) levels", at: start, of: text,
        remedy: "Remove unnecessary parentheses.")
    }
    depth += 1
  }

  private func isKeyword(_ keyword: String) -> Bool {
    if case .word(let word) = token { word.lowercased() == keyword } else { false }
  }

  private func unexpected(_ expected: String, remedy: String? = nil) -> RecommendingError {
    let found = token == .end ? "the end" : "'\(Excerpt.of(String(characters[start..<position])))'"
    return ItemCondition.error(
      "found \(found) instead of \(expected)", at: start, of: text,
      remedy: remedy ?? "Write, for example, genre=Comedy and year>=1990.")
  }

  // MARK: - Tokens

  /// Advances to the next token.
  private mutating func advance() throws(RecommendingError) {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
    start = position
    guard position < characters.count else {
      token = .end
      return
    }
    let first = characters[position]
    position += 1
    switch first {
    case "(": token = .open
    case ")": token = .close
    case ",": token = .comma
    case "=", "!", "<", ">": try readComparison(first)
    case "'", "\"": try readQuoted(first)
    default:
      while position < characters.count, !Self.endsWord(characters[position]) { position += 1 }
      token = .word(String(characters[start..<position]))
    }
  }

  private mutating func readComparison(_ first: Character) throws(RecommendingError) {
    let isLonger = first != "=" && position < characters.count && characters[position] == "="
    if isLonger { position += 1 }
    guard let comparison = ItemCondition.Comparison(rawValue: isLonger ? "\(first)=" : "\(first)")
    else {
      throw ItemCondition.error(
        "'!' alone is not a comparison", at: start, of: text, remedy: "Write != or not.")
    }
    token = .comparison(comparison)
  }

  private mutating func readQuoted(_ quote: Character) throws(RecommendingError) {
    var content = ""
    while position < characters.count {
      let character = characters[position]
      position += 1
      if character != quote {
        content.append(character)
      } else if position < characters.count, characters[position] == quote {
        content.append(quote)
        position += 1
      } else {
        token = .quoted(content)
        return
      }
    }
    throw ItemCondition.error(
      "the quote is not closed", at: start, of: text,
      remedy: "Within quotes a quote is written twice: 'O''Brien'.")
  }

  private static func endsWord(_ character: Character) -> Bool {
    character.isWhitespace || "()=!<>,'\"".contains(character)
  }
}
