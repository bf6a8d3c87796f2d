/// A command: its description, and the function that answers it. Its declaration is all that there is of it in code:
///
///     static var ping: Command {
///       Command(
///         "PING", .connection, [.optional("message")], summary: "Returns PONG.",
///         complexity: "O(1)", since: "0.1",
///         answer: .session { session, arguments in .status("PONG") })
///     }
///
/// `Server` and `Model` are the sources of answers about the server and the model: this module knows neither.
package struct Command<Server, Model>: Sendable {
  /// The function that answers, by what it needs. It returns the reply, or throws the error to send.
  package enum Answer: Sendable {
    /// Needs the connection alone, and may change it.
    case session(@Sendable (inout Session, CommandArguments) throws(ErrorReply) -> Reply)
    /// Needs the server.
    case server(@Sendable (Server, CommandArguments) throws(ErrorReply) -> Reply)
    /// Needs a model in service. It must always give the same reply to the same arguments, as replies may be cached.
    /// The function is called on event loops, and on other threads if it takes long.
    case model(@Sendable (Model, CommandArguments) throws(ErrorReply) -> Reply)
    /// Needs the server, may be slow whatever is asked, and is not cached: answers now, or on the threads for slow
    /// requests within a time limit.
    case deferring(@Sendable (Server, CommandArguments) throws(ErrorReply) -> DeferredReply)
    /// Stands for requests about a model, each answered as if it came alone: the replies form one list, all by one
    /// version.
    case each(@Sendable (Request, CommandArguments) throws(ErrorReply) -> Transaction)
    /// Needs the connection, which it may change, and the server: answers now, or asynchronously.
    case connection(
      @Sendable (inout Session, Server, CommandArguments) throws(ErrorReply) -> DeferredReply)
    /// Logs the connection in: a password may have to be checked, asynchronously, before it is answered.
    case login(@Sendable (Session, CommandArguments) throws(ErrorReply) -> LoginRequest)
    /// Answers the commands queued in the session's transaction.
    case transaction
  }

  /// The result of ``Answer/deferring(_:)`` and ``Answer/connection(_:)``.
  package enum DeferredReply: Sendable {
    case now(Reply)
    /// Any number of replies to one request, one behind the other; none, if the connection's end is the reply.
    case several([Reply])
    /// An asynchronous reply: `begin` asks for it, and the callback is called once, from any thread or at once.
    case elsewhere(
      begin: @Sendable (@escaping @Sendable (Result<Reply, ErrorReply>) -> Void) -> Void)
    /// A slow reply. Blocks. Between its steps it checks `isWanted`, and throws any error once nobody waits for the
    /// reply.
    case later(@Sendable (_ isWanted: () -> Bool) throws(ErrorReply) -> Reply)
  }

  /// What happens to a command after MULTI.
  package enum InTransaction: Sendable {
    /// It is queued for EXEC.
    case queued
    /// It is executed at once: it manages the transaction, or ends the connection.
    case carriedOut
    /// It is refused, and EXEC answers none of the queued commands.
    case refused
  }

  package let description: CommandDescription
  package let inTransaction: InTransaction
  package let answer: Answer

  /// Declares a command, which requires the `role` of its group by default, or none if it `isOpen`.
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

  /// The commands that need neither a server nor a model, in the order of HELP.
  package static var ofProtocol: [Command] {
    [
      help, ping, echo, quit, hello, auth, acl, reset, select, command, multi, exec, discard, watch,
      unwatch,
    ]
  }
}
