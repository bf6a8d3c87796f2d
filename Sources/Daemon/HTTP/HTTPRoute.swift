import LineProtocol
import NIOHTTP1

/// Something that can be asked by HTTP: its path, who may, and the function that answers.
///
/// What there is of one in code is its declaration, in a file of `Routes`, and its place in ``all``.
struct HTTPRoute: Sendable {
  /// The function that answers, by where it is called.
  enum Handler: Sendable {
    /// On the event loop, and at once.
    case now(@Sendable (HTTPQuestion) -> HTTPAnswer)
    /// On a thread that may wait.
    case onThread(@Sendable (HTTPQuestion) -> HTTPAnswer)
    /// As a request of the line protocol: its words, or what is wrong with the parameters.
    case command(@Sendable (HTTPQuestion) throws(ErrorReply) -> [String])
  }

  /// The path, such as `/metrics`.
  let path: String
  /// Whether anybody may ask, where users are known by name and password.
  let isOpen: Bool
  let handler: Handler

  init(_ path: String, isOpen: Bool = false, _ handler: Handler) {
    (self.path, self.isOpen, self.handler) = (path, isOpen, handler)
  }

  /// All routes of a server that has `commands`. A new one is declared in a file of `Routes`, and added here.
  static func all(_ commands: [DaemonCommand]) -> [HTTPRoute] {
    [health, readiness, metrics, page, script, style, models] + ofCommands(commands)
  }
}

/// A request by HTTP on its way to the route that answers it.
struct HTTPQuestion: Sendable {
  let target: HTTPTarget
  /// What answers are made of: as it was when the request came.
  let server: ServerInformation
  /// How old a model in service may be.
  let maximumAge: Duration?
  /// Whether whoever asks is known, or need not be.
  let isTrusted: Bool
  /// The formats that the client prefers: its header `Accept`.
  let accept: String
}
