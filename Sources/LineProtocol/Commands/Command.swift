/// A command: what there is to know of it, and the function that answers it. Its declaration is all
/// that there is of it in code:
///
///     static var ping: Command {
///       Command(
///         "PING", .connection, [.optional("message")], summary: "Returns PONG.",
///         complexity: "O(1)", since: "0.1",
///         answer: .session { session, arguments in .status("PONG") })
///     }
///
/// `Server` and `Model` are what commands about the server and the model are answered from: this module
/// knows neither.
package struct Command<Server, Model>: Sendable {
  /// The function that answers, by what it needs. It returns the reply, or throws the error to send.
  package enum Answer: Sendable {
    /// Needs the connection alone, and may change what it is like.
    case session(@Sendable (inout Session, CommandArguments) throws(ErrorReply) -> Reply)
    /// Needs the server.
    case server(@Sendable (Server, CommandArguments) throws(ErrorReply) -> Reply)
    /// Needs a model in service. The same arguments always get the same reply from it, which may be
    /// kept; the function is called on event loops, and on other threads where it takes long.
    case model(@Sendable (Model, CommandArguments) throws(ErrorReply) -> Reply)
    /// Needs the server, may take long whatever is asked, and is not kept: answers now, or on threads for what is slow and
    /// within a time limit.
    case deferring(@Sendable (Server, CommandArguments) throws(ErrorReply) -> DeferredReply)
    /// Stands for requests about a model that each are answered as if they came alone: the replies are one
    /// list, all by one version.
    case each(@Sendable (Request, CommandArguments) throws(ErrorReply) -> Transaction)
    /// Needs the connection, which it may change, and the server: answers now, or what others find out.
    case connection(
      @Sendable (inout Session, Server, CommandArguments) throws(ErrorReply) -> DeferredReply)
    /// Says who the connection speaks for: a password may have to be right before it is answered, which others find out.
    case login(@Sendable (Session, CommandArguments) throws(ErrorReply) -> LoginRequest)
    /// The commands that wait in the session's transaction are to be answered.
    case transaction
  }

  /// What ``Answer/deferring(_:)`` and ``Answer/connection(_:)`` return.
  package enum DeferredReply: Sendable {
    case now(Reply)
    /// Any number of replies to one request, one behind the other; none, where a connection's end is the reply.
    case several([Reply])
    /// What somebody else answers, who is asked by `begin` and calls back, once, from any thread or at once.
    case elsewhere(
      begin: @Sendable (@escaping @Sendable (Result<Reply, ErrorReply>) -> Void) -> Void)
    /// What is slow. Blocks. Between its steps it asks `isWanted`, and throws anything once nobody waits for the reply.
    case later(@Sendable (_ isWanted: () -> Bool) throws(ErrorReply) -> Reply)
  }

  /// What becomes of a command that comes behind MULTI.
  package enum InTransaction: Sendable {
    /// It waits for EXEC.
    case queued
    /// It is carried out at once: it sees to the transaction, or ends the connection.
    case carriedOut
    /// It is refused, and EXEC answers none of those that wait.
    case refused
  }

  package let description: CommandDescription
  package let inTransaction: InTransaction
  package let answer: Answer

  /// Declares a command, which needs the `role` of its group unless it says otherwise, or none where it `isOpen`.
  package init(
    _ name: String, _ group: CommandDescription.Group, _ arguments: [Argument] = [],
    summary: String, complexity: String, since: String, role: Role? = nil, isOpen: Bool = false,
    takesData: Bool = false, inTransaction: InTransaction = .queued,
    isAllowedWhileSubscribed: Bool = false,
    subcommands: [Subcommand] = [], answer: Answer
  ) {
    description = CommandDescription(
      name: name, group: group, arguments: arguments, summary: summary, complexity: complexity,
      since: since, role: isOpen ? nil : role ?? group.role, takesData: takesData,
      subcommands: subcommands, isAllowedWhileSubscribed: isAllowedWhileSubscribed)
    self.inTransaction = inTransaction
    self.answer = answer
  }

  /// The commands that need neither a server nor a model, in the order in which HELP lists them.
  package static var ofProtocol: [Command] {
    [
      help, ping, echo, quit, hello, auth, acl, reset, select, command, multi, exec, discard, watch,
      unwatch,
    ]
  }
}
