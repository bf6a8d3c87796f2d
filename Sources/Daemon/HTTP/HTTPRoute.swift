import LineProtocol
import NIOHTTP1

/// An HTTP route: its path, who may use it, and the function that answers.
///
/// To add one, declare it in a file of `Routes` and list it in ``all(_:)``.
struct HTTPRoute: Sendable {
  /// The function that answers, by where it is called.
  enum Handler: Sendable {
    /// On the event loop, and at once.
    case now(@Sendable (HTTPQuestion) -> HTTPAnswer)
    /// On a thread that may block.
    case onThread(@Sendable (HTTPQuestion) -> HTTPAnswer)
    /// As a request of the line protocol: returns its words, or throws what is wrong with the parameters.
    case command(@Sendable (HTTPQuestion) throws(ErrorReply) -> [String])
  }

  /// The path, such as `/metrics`.
  let path: String
  /// Whether anybody may ask, even on a server with users.
  let isOpen: Bool
  let handler: Handler

  init(_ path: String, isOpen: Bool = false, _ handler: Handler) {
    (self.path, self.isOpen, self.handler) = (path, isOpen, handler)
  }

  /// Returns all routes of a server with `commands`. To add one, declare it in a file of `Routes` and list it here.
  static func all(_ commands: [DaemonCommand]) -> [HTTPRoute] {
    [health, readiness, metrics, page, script, style, models] + ofCommands(commands)
  }
}

/// An HTTP request on its way to the route that answers it.
struct HTTPQuestion: Sendable {
  let target: HTTPTarget
  /// The source of answers, as it was when the request arrived.
  let server: ServerInformation
  /// How old a model in service may be.
  let maximumAge: Duration?
  /// Whether the client is authenticated, or need not be.
  let isTrusted: Bool
  /// The formats that the client prefers: its `Accept` header.
  let accept: String
}
