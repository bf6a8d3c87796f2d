import LineProtocol
import Logging

extension DaemonCommand {
  /// The command SHUTDOWN, which ends the server as SIGTERM does.
  static var shutdown: DaemonCommand {
    let words = Argument.rest("NOSAVE or SAVE, NOW, FORCE, ABORT")
    return DaemonCommand(
      "SHUTDOWN", .server, [words],
      summary: "Stops the server as SIGTERM does; closes the connection instead of replying.",
      complexity: "O(1)", since: "0.1", role: .admin, inTransaction: .refused,
      answer: .connection { (session, server, arguments) throws(ErrorReply) in
        let given = arguments.rest(words).map(ProtocolWord.read)
        guard Set(given).isSubset(of: ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"]),
          Set(given).count == given.count, !(given.contains("SAVE") && given.contains("NOSAVE")),
          !given.contains("ABORT") || given.count == 1
        else {
          throw ErrorReply(
            .badArgument, "syntax error", remedy: "Usage: \(arguments.command.usage)")
        }
        if given == ["ABORT"] {
          throw ErrorReply(
            .unsupported, "No shutdown in progress",
            remedy: "A shutdown that has begun can't be cancelled.")
        }
        server.service.log?.info(
          "SHUTDOWN: stopping, as \(session.login.map(\.user) ?? "a client") asked",
          metadata: ["connection": "\(session.identifier)"])
        session.end()
        server.service.shutdown.happen()
        return .several([])
      })
  }
}
