package import LineProtocol

/// A command of the daemon.
package typealias DaemonCommand = Command<ServerInformation, ServedModels>

extension DaemonCommand {
  /// All commands, in the order in which HELP lists them. A new one is declared in a file of this
  /// folder, and added here.
  package static var all: [DaemonCommand] {
    [
      recommend, recommendMany, recommendRatings, similar, similarUsers, predict, explain, classify,
      labels, measure, info,
    ] + ofProtocol
  }
}

extension DaemonCommand.Answer {
  /// Needs a model in service that is asked by `Queries`, such as ``Recommenders/RecommenderQueries``
  /// for models of ratings: the one that the argument ``LineProtocol/Argument/model`` names, where the command declares it and it is given, else
  /// the first that is. One of another kind refuses.
  package static func asking<Queries: AnyObject>(
    _: Queries.Type,
    _ answer:
      @escaping @Sendable (Queries, ServedModel, CommandArguments) throws(ErrorReply) -> Reply
  ) -> DaemonCommand.Answer {
    .model { (models, arguments) throws(ErrorReply) in
      let model = try models.model(askedBy: Queries.self, arguments)
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

extension ServedModels {
  /// The model that `arguments` name, else the first that is asked by `Queries`, else the first of all.
  fileprivate func model<Queries: AnyObject>(
    askedBy queries: Queries.Type, _ arguments: CommandArguments
  ) throws(ErrorReply) -> ServedModel {
    if arguments.command.arguments.contains(.model), let name = try arguments.optionalText(.model) {
      return try model(named: name)
    }
    guard let first = first(askedBy: queries) else { throw .noModel() }
    return first
  }
}

extension Argument {
  /// Which of several models is asked.
  static let model = Argument.text("MODEL", value: "name")
}
