import Errors

extension ErrorReply {
  /// `name` is none of `names`; the nearest of them is offered when one is near. `what` says what
  /// it should name, `listing` begins the sentence that names them all: a client's own HELP may hide
  /// the server's.
  static func unknown(
    _ name: ArraySlice<UInt8>, what: String, of names: [String], listing: String
  ) -> ErrorReply {
    let shown = Excerpt.of(name)
    var nearest = NearestText(to: shown, count: 1)
    for name in names { nearest.consider(name) }
    let suggestion = nearest.matches.first.map { "Did you mean \($0)? " } ?? ""
    return ErrorReply(
      .unknownCommand, "there is no \(what) '\(shown)'",
      remedy: "\(suggestion)\(listing) \(names.joined(separator: ", ")).")
  }
}
