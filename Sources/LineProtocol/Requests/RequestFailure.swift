/// A request that can't be read: the error to answer, and whether the next one can be found.
package struct RequestFailure: Equatable, Sendable {
  /// What the client is told.
  package let error: ErrorReply
  /// Whether it is unknown where the next request starts, so that the connection must be closed.
  package let losesFraming: Bool

  static func tooLong(limit: Int) -> RequestFailure {
    RequestFailure(
      error: ErrorReply(
        .requestTooLong, "the request is longer than \(limit) bytes",
        remedy: "Send less at once; the connection is closed."),
      losesFraming: true)
  }

  static func tooManyArguments(limit: Int) -> RequestFailure {
    RequestFailure(
      error: ErrorReply(
        .requestTooLong, "the request has more than \(limit) arguments",
        remedy: "Send fewer; the connection is closed."),
      losesFraming: true)
  }

  static func malformed(_ problem: String) -> RequestFailure {
    RequestFailure(
      error: ErrorReply(
        .badFrame, problem,
        remedy: "Send an array of bulk strings, or a plain line; the connection is closed."),
      losesFraming: true)
  }

  static let unbalancedQuotes = RequestFailure(
    error: ErrorReply(
      .badQuoting, "a quote is not closed, or not followed by a space",
      remedy: "Close it, or write a quote within quotes as \\\"."),
    losesFraming: false)

  /// What stands behind the first line, its body above all, is somebody else's to choose than whoever
  /// connected.
  static let http = RequestFailure(
    error: ErrorReply(
      .httpRequest, "this is no HTTP server",
      remedy: "Send lines or RESP arrays, as redis-cli does; the connection is closed."),
    losesFraming: true)

  /// The stream ended within a request of the given form.
  package static func truncated(_ form: Request.Form) -> RequestFailure {
    let remedy =
      switch form {
      case .line: "End a line with a line feed."
      case .array: "Send all the bulk strings that the array announces, each as long as it says."
      }
    return RequestFailure(
      error: ErrorReply(
        .badFrame, "the input ended within a request, which was not carried out", remedy: remedy),
      losesFraming: true)
  }
}
