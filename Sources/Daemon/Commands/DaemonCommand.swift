package import LineProtocol

/// A command of the daemon.
package typealias DaemonCommand = Command<ServerInformation, ServedModels>

extension DaemonCommand {
  /// All commands, in the order of HELP. To add one, declare it in a file of this folder and list it here.
  package static var all: [DaemonCommand] {
    [
      recommend, recommendMany, recommendRatings, similar, similarUsers, predict, explain, rate,
      rateMany, unrate, classify, labels, measure, subscribe, unsubscribe, subscribeByPattern,
      unsubscribeByPattern, pubSub, info, slowLog, latency, shutdown,
    ] + ofProtocol + [client, config]
  }
}

extension DaemonCommand.Answer {
  /// An answer by a model that is queried with `Queries`, such as ``Recommenders/RecommenderQueries`` for models of
  /// ratings. The model is the one that the argument ``LineProtocol/Argument/model`` names, if the command declares it
  /// and it is given, else that of the first name with such queries. A model of another kind refuses.
  package static func asking<Queries: AnyObject>(
    _: Queries.Type,
    _ answer:
      @escaping @Sendable (Queries, AskedModel, CommandArguments) throws(ErrorReply) -> Reply
  ) -> DaemonCommand.Answer {
    .model { (models, arguments) throws(ErrorReply) in
      let model = try models.model(askedBy: Queries.self, arguments)
      guard let queries = model.queries as? Queries else {
        throw ErrorReply(
          .notOfThisModel,
          "a model of kind \(model.facts.kind) does not support \(arguments.command.name)",
          remedy: "INFO model says what is in service; HELP lists the commands.")
      }
      let isOneOfSeveral = models.count(askedBy: Queries.self) > 1
      return try answer(
        queries,
        AskedModel(
          facts: model.facts, isOneOfSeveral: isOneOfSeveral, ratings: models.ratings), arguments)
    }
  }
}

/// The model that answers, as its replies identify it.
package struct AskedModel: Sendable {
  let facts: ModelFacts
  /// Whether the command could have asked another model.
  let isOneOfSeveral: Bool
  /// The current ratings of the store; `nil` without one.
  let ratings: LiveRatings?

  /// The model's identity: its name, if there are several, and its version.
  var fields: [ReplyField] { (isOneOfSeveral ? [facts.nameField] : []) + [facts.versionField] }
}

extension ModelFacts {
  var nameField: ReplyField { ReplyField("model", .text(name)) }
  var versionField: ReplyField { ReplyField("version", .integer(Int64(version))) }
}

extension ServedModels {
  /// Returns the model named by `arguments`, else that of the name queried with `Queries`.
  fileprivate func model<Queries: AnyObject>(
    askedBy queries: Queries.Type, _ arguments: CommandArguments
  ) throws(ErrorReply) -> ServedModel {
    if arguments.command.arguments.contains(.model), let name = try arguments.optionalText(.model) {
      return try model(named: name)
    }
    let place = place(askedBy: queries)
    guard let model = self[place] else { throw .noModel(named: count > 1 ? names[place] : nil) }
    return model
  }
}

extension Argument {
  /// The name of the model to ask, where there are several.
  static let model = Argument.text("MODEL", value: "name")
}
