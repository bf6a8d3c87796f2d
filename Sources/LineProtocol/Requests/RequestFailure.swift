/// Why a request can't be parsed.
package enum RequestFailure: Equatable, Sendable {
  /// It exceeds the limit in bytes.
  case tooLong(limit: Int)
  case tooManyArguments(limit: Int)
  /// It is not an array of bulk strings.
  case malformed(String)
  case unbalancedQuotes
  /// It is HTTP. What follows the first line, above all the body, may be chosen by somebody other than the client.
  case http
  /// The stream ended within a request of the given form.
  case truncated(Request.Form)

  /// Whether it is unknown where the next request starts, so that the connection must be closed.
  package var losesFraming: Bool { self != .unbalancedQuotes }

  /// The error for the client.
  package var error: ErrorReply {
    switch self {
    case .tooLong(let limit):
      ErrorReply(
        .requestTooLong, "the request is longer than \(limit) bytes",
        remedy: "Send less at once; the connection is closed.")
    case .tooManyArguments(let limit):
      ErrorReply(
        .requestTooLong, "the request has more than \(limit) arguments",
        remedy: "Send fewer; the connection is closed.")
    case .malformed(let problem):
      ErrorReply(
        .badFrame, problem,
        remedy: "Send an array of bulk strings, or a plain line; the connection is closed.")
    case .unbalancedQuotes:
      ErrorReply(
        .badQuoting, "a quote is not closed, or not followed by a space",
        remedy: "Close it, or write a quote within quotes as \\\".")
    case .http:
      ErrorReply(
        .httpRequest, "this is not an HTTP server",
        remedy: "Send lines or RESP arrays, as redis-cli does; the connection is closed.")
    case .truncated(let form):
      ErrorReply(
        .badFrame, "the input ended in the middle of a request, which was not executed",
        remedy: form == .line
          ? "End a line with a line feed."
          : "Send all the bulk strings that the array declares, each of its declared length.")
    }
  }
}
