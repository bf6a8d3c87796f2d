/// The passwords that the words of a command line hold, blotted out of texts that repeat such words.
package struct Redaction: Sendable {
  private let replacements: [(word: String, shown: String)]

  /// Looks for passwords in `words`: arguments, and what the environment gives in their place.
  package init(of words: [String]) {
    // Of `--store=URL` a message may repeat the value alone.
    let values = words.compactMap { word in
      word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) }
    }
    replacements = (words + values).map { (word: $0, shown: $0.withoutPasswords) }
      .filter { $0.word != $0.shown }
      .sorted { $0.word.utf8.count > $1.word.utf8.count }
  }

  /// `text` with *** for each password of the words that it repeats.
  package func callAsFunction(_ text: String) -> String {
    replacements.reduce(text) { $0.replacing($1.word, with: $1.shown) }
  }
}

extension String {
  /// The text, a word of a command line, with *** for the passwords in it: in a URL that of the user
  /// and those among the parameters, in libpq's form `password=...`, and in a query that holds either.
  /// Where it can't be told where a password ends, more is blotted out.
  package var withoutPasswords: String {
    withoutPasswordParameters.replacing(Self.userAndPassword) { match in
      // A user without a password is shown, unless it is what an unencoded @ has left of one.
      guard let colon = match.2.unicodeScalars.firstIndex(of: ":") else {
        return match.2.unicodeScalars.contains("@") ? "\(match.1)***@" : "\(match.0)"
      }
      return "\(match.1)\(match.2[..<colon]):***@"
    }.replacing(Self.passwordForPort) { "\($0.1)***" }
  }

  private var withoutPasswordParameters: String {
    replacing(contains("://") ? Self.parameterOfURL : Self.parameter) { match in
      match.1.lowercased() == "passfile" ? "\(match.0)" : "\(match.1)\(match.2)***"
    }
  }

  /// What stands before the last @ of a URL: a password may hold some that were not percent-encoded.
  private static var userAndPassword: Regex<(Substring, Substring, Substring)> {
    #/(?s)(:\/\/)(.*)@/#.matchingSemantics(.unicodeScalar)
  }

  /// What is no number where the port stands: a password that no host follows.
  private static var passwordForPort: Regex<(Substring, Substring)> {
    #/(:\/\/[^:\/@\s\[]*:)(?![\d,]*(?:[\/?\s]|$))[^@\s]+(?=\s|$)/#
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
