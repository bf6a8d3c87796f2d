import Errors
package import LineProtocol
import Ratings
package import Recommenders

/// A model of ratings in service: RECOMMEND, SIMILAR and PREDICT over a mapped file.
package final class RecommenderAnswers: Answering {
  package let facts: ModelFacts
  private let recommender: Recommender
  private let queries: RecommenderQueries

  /// Answers from `model`, of which `facts` are said. Reads nothing.
  package init(model: any ScoredModel, facts: ModelFacts) {
    self.facts = facts
    recommender = Recommender(model: model)
    queries = RecommenderQueries(recommender)
  }

  /// Reads the item factors once, so that look-ups are fast from the first. Blocks.
  package func prepare() { recommender.prepare() }

  package func answer(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    switch arguments.command.name {
    case .recommend: return try recommend(arguments)
    case .similar: return try similar(arguments)
    case .predict: return try predict(arguments)
    default: preconditionFailure("\(arguments.command.name) does not ask the model")
    }
  }

  private func recommend(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let user = try arguments.text(0)
    let found = try ask { () throws(RecommendingError) in
      try queries.recommend(
        for: user, count: arguments.number("COUNT"),
        includingRated: arguments.hasFlag("WITHRATED"), fallsBack: !arguments.hasFlag("NOFALLBACK"))
    }
    var context = [ReplyField("user", .identifier(ReplyIdentifier(found.user))), version]
    if found.isFallback { context.append(ReplyField("fallback", .text("popularity"))) }
    return ranked(found.items, context, arguments, showingCounts: found.isByPopularity)
  }

  private func similar(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let item = try arguments.text(0)
    let found = try ask { () throws(RecommendingError) in
      try queries.similar(
        to: item, count: arguments.number("COUNT"), minimumRatings: arguments.number("MINRATINGS"))
    }
    return ranked(found.items, itemContext(found.item, found.title) + [version], arguments)
  }

  private func predict(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let (user, item) = (try arguments.text(0), try arguments.text(1))
    let found = try ask { () throws(RecommendingError) in
      try queries.predict(user: user, item: item)
    }
    return .value(
      found.rating, named: "prediction",
      context: [ReplyField("user", .identifier(ReplyIdentifier(found.user)))]
        + itemContext(found.item, found.title) + [version])
  }

  private func ranked(
    _ items: [RankedItem], _ context: [ReplyField], _ arguments: CommandArguments,
    showingCounts: Bool = false
  ) -> Reply {
    let detail: RankedItems.Detail =
      arguments.hasFlag("WITHDETAILS")
      ? .everything : arguments.hasFlag("WITHSCORES") ? .scores : .identifiers
    let entries = items.map { item in
      RankedItems.Entry(
        ReplyIdentifier(item.id), title: item.title,
        ratingCount: showingCounts ? item.ratingCount : nil, score: item.score)
    }
    return .items(RankedItems(context: context, entries: entries, detail: detail))
  }

  private var version: ReplyField { ReplyField("version", .integer(Int64(facts.version))) }

  private func itemContext(_ item: ItemID, _ title: String?) -> [ReplyField] {
    [ReplyField("item", .identifier(ReplyIdentifier(item)))]
      + (title.map { [ReplyField("title", .text($0))] } ?? [])
  }

  /// What `question` returns, or its error as clients are told of it.
  private func ask<Answer>(
    _ question: () throws(RecommendingError) -> Answer
  ) throws(ErrorReply) -> Answer {
    do throws(RecommendingError) { return try question() } catch {
      throw ErrorReply(error)
    }
  }
}

extension ErrorReply {
  /// `error` as clients are told of it.
  fileprivate init(_ error: RecommendingError) {
    let code: Code =
      switch error.code {
      case .modelWithoutFactors, .itemWithoutFactors: .notOfThisModel
      case .invalidIdentifier: .badArgument
      case .unknownUser: .unknownUser
      case .unknownItem: .unknownItem
      case .damagedModel: .damagedModel
      }
    let remedy =
      switch error.code {
      case .modelWithoutFactors: "Train one that has: `latent train --model dot-bias`."
      case .damagedModel:
        "`latent models verify` says where, and `latent models rollback` goes back, with the "
          + "daemon's --models and --name."
      default: error.remedy
      }
    self.init(code, error.problem, remedy: remedy)
  }
}

extension ReplyIdentifier {
  init<Entity>(_ identifier: Identifier<Entity>) {
    switch identifier.value {
    case .integer(let integer): self = .integer(integer)
    case .text(let text): self = .text(text)
    }
  }
}
