/// The passwords that the words of a command line hold, blotted out of texts that repeat such words.
package struct Redaction: Sendable {
  private let replacements: [(word: String, shown: String)]

  /// Looks for passwords in `words`: arguments, and what the environment gives in their place.
  package init(of words: [String]) {
    // Of `--store=URL` a message may repeat the value alone.
    let values = words.compactMap { word in
      word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) }
    }
    var found: [(word: String, shown: String)] = []
    for word in words + values {
      let blotting = Blotting(of: word)
      guard blotting.text != word else { continue }
      found.append((word, blotting.text))
      // Of what is more than one word, such as a query, a message may repeat any part.
      guard word.contains(where: { $0.isWhitespace || Blotting.quotes.contains($0) }) else {
        continue
      }
      for secret in blotting.secrets { found.append((secret, Blotting.mark)) }
    }
    replacements = found.sorted { $0.word.utf8.count > $1.word.utf8.count }
  }

  /// `text` with *** for each password of the words that it repeats.
  package func callAsFunction(_ text: String) -> String {
    replacements.reduce(text) { $0.replacing($1.word, with: $1.shown) }
  }
}

extension String {
  /// The text, a word of a command line, with *** for the passwords in it: in a URL, or in one without a
  /// scheme, that of the user and those among the parameters, in libpq's form `password=...`, and in a
  /// query that holds any of these. Where it can't be told where a password ends, more is blotted out.
  package var withoutPasswords: String { Blotting(of: self).text }
}

/// A text with its passwords blotted out, and what these are.
private struct Blotting {
  /// What stands for a password.
  static let mark = "***"
  /// A text that is shorter is no ``secrets``.
  private static let leastLength = 4
  /// What a password, or a word that holds one, may stand in.
  static let quotes: Set<Character> = ["'", "\"", "`"]

  /// The text with ``mark`` for each password.
  private(set) var text: String
  /// What was blotted out, also in the ways that others may read it: without quotes, and up to where a
  /// password without unencoded characters ends. Without those so short that any text has them.
  private(set) var secrets: [String] = []

  /// Looks for passwords in `word`.
  init(of word: String) {
    text = word
    replace(word.contains("://") ? Self.parameterOfURL : Self.parameter) { match in
      guard match.1.lowercased() != "passfile" else { return nil }
      return ("\(match.1)\(match.2)", match.0[match.2.endIndex...], "")
    }
    replace(Self.userAndPassword) { match in
      // A user without a password is shown, unless it is what an unencoded @ has left of one.
      guard let colon = match.2.unicodeScalars.firstIndex(of: ":") else {
        return match.2.unicodeScalars.contains("@") ? ("\(match.1)", match.2, "@") : nil
      }
      let password = match.2[colon...].unicodeScalars.dropFirst()
      return ("\(match.1)\(match.2[..<colon]):", Substring(password), "@")
    }
    replace(Self.userAndPasswordAlone) { ("\($0.1)\($0.2)", $0.3, "@") }
    replace(Self.passwordForPort) { ("\($0.1)", $0.2, "") }
  }

  /// Blots out what `parts` says is secret of each match, between what stands before and behind it; nil
  /// for nothing.
  private mutating func replace<Output>(
    _ pattern: Regex<Output>,
    _ parts: (Regex<Output>.Match) -> (before: String, secret: Substring, behind: String)?
  ) {
    var found: [Substring] = []
    text = text.replacing(pattern) { match in
      guard let (before, secret, behind) = parts(match) else { return "\(text[match.range])" }
      found.append(secret)
      return before + Self.mark + behind
    }
    for secret in found { keep(secret) }
  }

  /// Notes `secret`. One that is blotted out already is none, nor is what is left of quotes.
  private mutating func keep(_ secret: Substring) {
    let bare = secret.drop { Self.quotes.contains($0) }
    let inner = bare.prefix { !Self.quotes.contains($0) }
    for part in [secret, inner, inner.prefix { !$0.isWhitespace && !"@/?&".contains($0) }]
    where part.count >= Self.leastLength && !secrets.contains(String(part)) {
      secrets.append(String(part))
    }
  }

  /// What stands before the last @ of a URL: a password may hold some that were not percent-encoded.
  private static var userAndPassword: Regex<(Substring, Substring, Substring)> {
    #/(?s)(:\/\/)(.*)@/#.matchingSemantics(.unicodeScalar)
  }

  /// `USER:PASSWORD@HOST` without a scheme, or behind `sqlite:`, as a word or the beginning of one.
  private static var userAndPasswordAlone: Regex<(Substring, Substring, Substring, Substring)> {
    #/((?:^|[\s='"`(,])(?:sqlite:)?)((?!sqlite:)[^\s:@\/='"`(,]+:)(?!\/\/|:|\*\*\*@)(\S+)@/#
      .matchingSemantics(.unicodeScalar)
  }

  /// What is no number where the port stands: a password that no host follows.
  private static var passwordForPort: Regex<(Substring, Substring, Substring)> {
    #/(:\/\/[^:\/@\s\[]*:)(?![\d,]*(?:[\/?\s]|$))([^@\s]+)(?=\s|$)/#
      .matchingSemantics(.unicodeScalar)
  }

  /// `password=...` in quotes, in SQL's doubled ones, or up to a space.
  private static var parameter: Regex<(Substring, Substring, Substring)> {
    #/(?is)([\w%]*(?:pass|pwd|secret|token|credential|%)[\w%]*)(\s*(?:=|%3d)\s*)(?:'+(?:[^'\\]|\\.)*'*|"+[^"]*"*|[^\s&]+)/#
      .matchingSemantics(.unicodeScalar)
  }

  /// The same in a URL, where a value goes on up to the next parameter.
  private static var parameterOfURL: Regex<(Substring, Substring, Substring)> {
    #/(?is)([\w%]*(?:pass|pwd|secret|token|credential|%)[\w%]*)(\s*(?:=|%3d)\s*)[^&]+/#
      .matchingSemantics(.unicodeScalar)
  }
}
