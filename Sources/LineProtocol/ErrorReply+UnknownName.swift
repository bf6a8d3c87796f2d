import Ratings

extension ErrorReply {
  /// The longest text of a client's that an error gives back, in characters.
  private static let quotedLength = 64

  /// `name` is none of `names`; the nearest of them is offered when one is near. `what` says what
  /// it should name, `help` the command that lists them.
  static func unknown(
    _ name: String, what: String, of names: [String], help: String
  ) -> ErrorReply {
    let shown = String(name.prefix(quotedLength))
    var nearest = NearestText(to: shown, count: 1)
    for name in names { nearest.consider(name) }
    let suggestion = nearest.matches.first.map { "Did you mean \($0)? " } ?? ""
    return ErrorReply(
      .unknownCommand, "there is no \(what) '\(shown)\(shown.count < name.count ? "..." : "")'",
      remedy: "\(suggestion)\(help) lists them.")
  }
}
