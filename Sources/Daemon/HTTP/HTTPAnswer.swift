import LineProtocol
import NIOCore
import NIOHTTP1

/// An answer to a request by HTTP, before it is known how the connection goes on.
struct HTTPAnswer: Sendable {
  let status: HTTPResponseStatus
  let contentType: String
  let body: ByteBuffer
  /// Headers beside those that every answer has.
  var headers: [(name: String, value: String)] = []

  /// Plain text, ended by a line feed.
  static func text(_ status: HTTPResponseStatus, _ text: String) -> HTTPAnswer {
    HTTPAnswer(
      status: status, contentType: "text/plain; charset=utf-8",
      body: ByteBuffer(string: text + "\n"))
  }

  /// A reply in JSON, which is a line.
  static func json(_ status: HTTPResponseStatus, _ body: ByteBuffer) -> HTTPAnswer {
    HTTPAnswer(status: status, contentType: "application/json", body: body)
  }

  /// A reply in JSON; of an error, with the status that it stands for.
  static func reply(_ reply: Reply) -> HTTPAnswer {
    var body = ByteBuffer()
    reply.write(as: .json, to: &body)
    let status = ErrorReply.Code(ofJSON: body.readableBytesView)?.httpStatus ?? .ok
    return .json(status, body)
  }

  /// What is told to somebody who has to say who they are, so that a browser asks them.
  static func unknownUser(_ status: HTTPResponseStatus, _ body: ByteBuffer) -> HTTPAnswer {
    let answer = json(status, body)
    guard status == .unauthorized else { return answer }
    return answer.with("WWW-Authenticate", "Basic realm=\"latent\", charset=\"UTF-8\"")
  }

  /// The same with another header.
  func with(_ name: String, _ value: String) -> HTTPAnswer {
    var answer = self
    answer.headers.append((name, value))
    return answer
  }
}

extension ErrorReply.Code {
  /// The status that says about the same.
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
