package import LineProtocol

/// A command of the daemon.
package typealias DaemonCommand = Command<ServerInformation, ServedModel>

extension DaemonCommand {
  /// All commands, in the order in which HELP lists them. A new one is declared in a file of this
  /// folder, and added here.
  package static var all: [DaemonCommand] {
    [
      recommend, recommendMany, recommendRatings, similar, similarUsers, predict, explain, info,
    ] + ofProtocol
  }
}

extension DaemonCommand.Answer {
  /// Needs a model in service that is asked by `Queries`, such as ``Recommenders/RecommenderQueries``
  /// for models of ratings; one of another kind refuses.
  package static func asking<Queries: AnyObject>(
    _: Queries.Type,
    _ answer:
      @escaping @Sendable (Queries, ServedModel, CommandArguments) throws(ErrorReply) -> Reply
  ) -> DaemonCommand.Answer {
    .model { (model, arguments) throws(ErrorReply) in
      guard let queries = model.queries as? Queries else {
        throw ErrorReply(
          .notOfThisModel,
          "a model of kind \(model.facts.kind) has no reply to \(arguments.command.name)",
          remedy: "INFO model says what is in service; HELP lists the commands.")
      }
      return try answer(queries, model, arguments)
    }
  }
}
