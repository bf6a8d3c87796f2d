import LineProtocol
import NIOCore
import NIOHTTP1

/// An answer to an HTTP request, before it is known how the connection goes on.
struct HTTPAnswer: Sendable {
  let status: HTTPResponseStatus
  let contentType: String
  let body: ByteBuffer
  /// Headers besides those that every answer has.
  var headers: [(name: String, value: String)] = []

  /// Returns plain text, terminated by a line feed.
  static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPAnswer {
    HTTPAnswer(
      status: status, contentType: "text/plain; charset=utf-8",
      body: ByteBuffer(string: text + "\n"))
  }

  /// Returns a reply in JSON, which is one line.
  static func json(_ status: HTTPResponseStatus, _ body: ByteBuffer) -> HTTPAnswer {
    HTTPAnswer(status: status, contentType: "application/json", body: body)
  }

  /// Returns a reply in JSON; an error has the status that it stands for.
  static func reply(_ reply: Reply) -> HTTPAnswer {
    var body = ByteBuffer()
    reply.write(as: .json, to: &body)
    let status = ErrorReply.Code(ofJSON: body.readableBytesView)?.httpStatus ?? .ok
    return .json(status, body)
  }

  /// Returns the answer to a client that has to authenticate; with status 401 it makes a browser ask for credentials.
  static func unknownUser(_ status: HTTPResponseStatus, _ body: ByteBuffer) -> HTTPAnswer {
    let answer = json(status, body)
    guard status == .unauthorized else { return answer }
    return answer.with("WWW-Authenticate", "Basic realm=\"latent\", charset=\"UTF-8\"")
  }

  /// Returns this answer with another header.
  func with(_ name: String, _ value: String) -> HTTPAnswer {
    var answer = self
    answer.headers.append((name, value))
    return answer
  }
}

extension ErrorReply.Code {
  /// The closest HTTP status.
  var httpStatus: HTTPResponseStatus {
    switch self {
    case .noModel, .storeAway, .busy, .timedOut, .tooManyConnections, .idle: .serviceUnavailable
    case .unknownUser, .unknownItem, .unknownImage, .unknownCommand: .notFound
    case .damagedModel: .internalServerError
    case .notAuthenticated, .wrongPassword: .unauthorized
    case .noPermission: .forbidden
    default: .badRequest
    }
  }
}
