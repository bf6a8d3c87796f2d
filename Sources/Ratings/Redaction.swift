/// Redacts the passwords of a command line's arguments in texts that repeat such arguments.
package struct Redaction: Sendable {
  private let replacements: [(word: String, shown: String)]

  /// Collects the passwords in `words`: arguments, and what the environment gives in their place.
  package init(of words: [String]) {
    // A message may repeat only the value of `--store=URL`.
    let values = words.compactMap { word in
      word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) }
    }
    var found: [(word: String, shown: String)] = []
    for word in words + values {
      let blotting = Blotting(of: word)
      guard blotting.text != word else { continue }
      found.append((word, blotting.text))
      // A message may repeat any part of an argument of several words, such as a query.
      guard word.contains(where: { $0.isWhitespace || Blotting.quotes.contains($0) }) else {
        continue
      }
      for secret in blotting.secrets { found.append((secret, Blotting.mark)) }
    }
    replacements = found.sorted { $0.word.utf8.count > $1.word.utf8.count }
  }

  /// Returns `text` with each password from the arguments replaced by ***.
  package func callAsFunction(_ text: String) -> String {
    replacements.reduce(text) { $0.replacing($1.word, with: $1.shown) }
  }
}

extension String {
  /// The text, a command-line argument, with its passwords replaced by ***. Redacts the user's password and
  /// those among the parameters in a URL, with or without a scheme; in libpq's form `password=...`; and in a
  /// query that contains any of these. Where the end of a password is ambiguous, more is redacted.
  package var withoutPasswords: String { Blotting(of: self).text }
}

/// A text with its passwords redacted, and these passwords.
private struct Blotting {
  /// The replacement for a password.
  static let mark = "***"
  /// The minimum length of ``secrets``; shorter texts are not kept.
  private static let leastLength = 4
  /// The quotes that may surround a password or an argument that contains one.
  static let quotes: Set<Character> = ["'", "\"", "`"]

  /// The text with each password replaced by ``mark``.
  private(set) var text: String
  /// The redacted passwords, also in the forms in which others may read them: without quotes, and up to where
  /// a password without unencoded characters ends. Those so short that any text may contain them are left
  /// out.
  private(set) var secrets: [String] = []

  /// Redacts the passwords in `word`.
  init(of word: String) {
    text = word
    replace(word.contains("://") ? Self.parameterOfURL : Self.parameter) { match in
      guard match.1.lowercased() != "passfile" else { return nil }
      return ("\(match.1)\(match.2)", match.0[match.2.endIndex...], "")
    }
    replace(Self.userAndPassword) { match in
      // A user without a password is shown, unless it is the rest of one with an unencoded @.
      guard let colon = match.2.unicodeScalars.firstIndex(of: ":") else {
        return match.2.unicodeScalars.contains("@") ? ("\(match.1)", match.2, "@") : nil
      }
      let password = match.2[colon...].unicodeScalars.dropFirst()
      return ("\(match.1)\(match.2[..<colon]):", Substring(password), "@")
    }
    replace(Self.userAndPasswordAlone) { ("\($0.1)\($0.2)", $0.3, "@") }
    replace(Self.passwordForPort) { ("\($0.1)", $0.2, "") }
  }

  /// Redacts the secret that `parts` returns for each match, between the texts before and behind it; nil
  /// leaves the match unchanged.
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

  /// Records `secret`, with and without quotes. What is already redacted, or is left of quotes, is too short
  /// to be kept.
  private mutating func keep(_ secret: Substring) {
    let bare = secret.drop { Self.quotes.contains($0) }
    let inner = bare.prefix { !Self.quotes.contains($0) }
    for part in [secret, inner, inner.prefix { !$0.isWhitespace && !"@/?&".contains($0) }]
    where part.count >= Self.leastLength && !secrets.contains(String(part)) {
      secrets.append(String(part))
    }
  }

  /// The part of a URL before the last @, since a password may contain some that were not percent-encoded.
  private static var userAndPassword: Regex<(Substring, Substring, Substring)> {
    #/(?s)(:\/\/)(.*)@/#.matchingSemantics(.unicodeScalar)
  }

  /// `USER:PASSWORD@HOST` without a scheme, or after `sqlite:`, as a word or at the start of one.
  private static var userAndPasswordAlone: Regex<(Substring, Substring, Substring, Substring)> {
    #/((?:^|[\s='"`(,])(?:sqlite:)?)((?!sqlite:)[^\s:@\/='"`(,]+:)(?!\/\/|:|\*\*\*@)(\S+)@/#
      .matchingSemantics(.unicodeScalar)
  }

  /// A non-number in place of the port: a password that no host follows.
  private static var passwordForPort: Regex<(Substring, Substring, Substring)> {
    #/(:\/\/[^:\/@\s\[]*:)(?![\d,]*(?:[\/?\s]|$))([^@\s]+)(?=\s|$)/#
      .matchingSemantics(.unicodeScalar)
  }

  /// `password=...` in quotes, in SQL's doubled quotes, or up to a space.
  private static var parameter: Regex<(Substring, Substring, Substring)> {
    #/(?is)([\w%]*(?:pass|pwd|secret|token|credential|%)[\w%]*)(\s*(?:=|%3d)\s*)(?:'+(?:[^'\\]|\\.)*'*|"+[^"]*"*|[^\s&]+)/#
      .matchingSemantics(.unicodeScalar)
  }

  /// The same in a URL, where a value extends to the next parameter.
  private static var parameterOfURL: Regex<(Substring, Substring, Substring)> {
    #/(?is)([\w%]*(?:pass|pwd|secret|token|credential|%)[\w%]*)(\s*(?:=|%3d)\s*)[^&]+/#
      .matchingSemantics(.unicodeScalar)
  }
}
