import Errors

/// An error as clients see it: a code for programs, a sentence and a remedy for people.
package struct ErrorReply: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of error. The raw value is what is sent in both forms.
  package enum Code: String, Sendable, CaseIterable {
    /// A RESP request is not an array of bulk strings, or the stream ended within a request.
    case badFrame = "BAD_FRAME"
    /// A line's quotes are not balanced.
    case badQuoting = "BAD_QUOTING"
    /// An HTTP request, which is not part of this protocol.
    case httpRequest = "HTTP_REQUEST"
    /// A request is longer, or has more arguments, than the server accepts.
    case requestTooLong = "REQUEST_TOO_LONG"
    /// There is no such command or subcommand.
    case unknownCommand = "UNKNOWN_COMMAND"
    /// A command has too few or too many arguments.
    case wrongArgumentCount = "WRONG_ARGUMENT_COUNT"
    /// An argument is not what its place requires.
    case badArgument = "BAD_ARGUMENT"
    /// The command asks for something that this server does not have, such as other databases, or passwords where there
    /// are no users.
    case unsupported = "UNSUPPORTED"
    /// HELLO asks for a protocol other than 2 or 3. Redis's own code, which its clients look for.
    case unsupportedProtocol = "NOPROTO"
    /// A command before AUTH. Redis's own code, which its clients look for.
    case notAuthenticated = "NOAUTH"
    /// AUTH with a wrong user or password. Redis's own code, which its clients look for.
    case wrongPassword = "WRONGPASS"
    /// A command that the client's role does not permit. Redis's own code, which its clients look for.
    case noPermission = "NOPERM"
    /// MULTI within MULTI, or EXEC or DISCARD without it.
    case misplacedCommand = "MISPLACED_COMMAND"
    /// EXEC after a command that was refused. Redis's own code, which its clients look for.
    case execAborted = "EXECABORT"
    /// No model is in service.
    case noModel = "NO_MODEL"
    /// The model in service can't answer this kind of question.
    case notOfThisModel = "NOT_OF_THIS_MODEL"
    /// The model in service contains a value that is not a number.
    case damagedModel = "DAMAGED_MODEL"
    /// The model does not know the user.
    case unknownUser = "UNKNOWN_USER"
    /// The model does not know the item.
    case unknownItem = "UNKNOWN_ITEM"
    /// An image can't be read: it is not an image, damaged, too large, or unlike those that the model knows.
    case badImage = "BAD_IMAGE"
    /// There is no such image.
    case unknownImage = "UNKNOWN_IMAGE"
    /// The store of ratings can't be reached, or can't be written to.
    case storeAway = "STORE_AWAY"
    /// A rating by a user who was forgotten.
    case forgottenUser = "FORGOTTEN_USER"
    /// The queue of slow requests is full, or too many passwords from one address were wrong.
    case busy = "BUSY"
    /// A slow request was not answered in time.
    case timedOut = "TIMEOUT"
    /// The server's limit of connected clients is reached.
    case tooManyConnections = "TOO_MANY_CONNECTIONS"
    /// The client sent nothing for longer than the server waits.
    case idle = "IDLE"
  }

  /// The kind of error.
  package let code: Code
  /// The problem, in a sentence without a full stop.
  package let message: String
  /// What the client can do about it, with a full stop.
  package let remedy: String

  package init(_ code: Code, _ message: String, remedy: String) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  package var description: String { "\(code.rawValue) \(message). \(remedy)" }
}

extension ErrorReply.Code {
  /// Parses the code of the error that `reply`, a line of JSON, is; `nil` if it is not an error.
  package init?(ofJSON reply: some Collection<UInt8>) {
    let start = #"{"error":{"code":""#.utf8
    guard reply.starts(with: start) else { return nil }
    let code = reply.dropFirst(start.count).prefix { $0 != UInt8(ascii: "\"") }
    self.init(rawValue: String(decoding: code, as: UTF8.self))
  }
}

extension ErrorReply {
  /// Returns the error that `name` is not in `names`, which suggests the nearest of them if one is near. `what` says
  /// what it should name; `listing` begins the sentence that lists them all, as a client's own HELP may hide the
  /// server's.
  static func unknown(
    _ name: ArraySlice<UInt8>, what: String, of names: [String], listing: String
  ) -> ErrorReply {
    let shown = Excerpt.of(name)
    let nearest = NearestText.nearest(to: shown, among: names)
    let suggestion = nearest.map { "Did you mean \($0)? " } ?? ""
    return ErrorReply(
      .unknownCommand, "there is no \(what) '\(shown)'",
      remedy: "\(suggestion)\(listing) \(names.joined(separator: ", ")).")
  }
}
