import Errors
package import LineProtocol
import ModelRegistry
import Ratings
package import Recommenders

/// A model of ratings in service: RECOMMEND, SIMILAR and PREDICT over a mapped file.
package final class RecommenderAnswers: Answering {
  package let facts: ModelFacts
  private let model: any ScoredModel
  private let recommender: Recommender

  /// Answers from `model`, of which `facts` are said. Reads nothing.
  package init(model: any ScoredModel, facts: ModelFacts) {
    self.model = model
    self.facts = facts
    recommender = Recommender(model: model)
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
    let user = try userID(arguments)
    let count = arguments.number("COUNT")
    var context = [ReplyField("user", .identifier(ReplyIdentifier(user)))]
    context.append(ReplyField("version", .integer(Int64(facts.version))))
    let items: [ScoredItem]
    var isByPopularity = model.ranking == .popularity
    if let row = model.users.index(of: user) {
      let known = model.user(at: row)
      items = recommender.recommend(
        for: known, count: count,
        filter: arguments.hasFlag("WITHRATED") ? .all : .unrated(by: known))
    } else {
      guard !arguments.hasFlag("NOFALLBACK") else { throw unknown(user) }
      items = recommender.popular(count: count)
      context.append(ReplyField("fallback", .text("popularity")))
      isByPopularity = true
    }
    return try ranked(items, context, arguments, showingCounts: isByPopularity)
  }

  private func similar(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let (item, row) = try knownItem(arguments, at: 0)
    let items: [ScoredItem]
    do throws(RecommendingError) {
      items = try recommender.similar(
        to: row, count: arguments.number("COUNT"), minimumRatings: arguments.number("MINRATINGS"))
    } catch {
      throw ErrorReply(.notOfThisModel, error.problem, remedy: error.remedy)
    }
    let context = itemContext(item, row) + [ReplyField("version", .integer(Int64(facts.version)))]
    return try ranked(items, context, arguments)
  }

  private func predict(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    let user = try userID(arguments)
    guard let userRow = model.users.index(of: user) else { throw unknown(user) }
    let (item, itemRow) = try knownItem(arguments, at: 1)
    return .value(
      try finite(model.predict(for: model.user(at: userRow), item: itemRow)), named: "prediction",
      context: [ReplyField("user", .identifier(ReplyIdentifier(user)))]
        + itemContext(item, itemRow)
        + [ReplyField("version", .integer(Int64(facts.version)))])
  }

  private func ranked(
    _ items: [ScoredItem], _ context: [ReplyField], _ arguments: CommandArguments,
    showingCounts: Bool = false
  ) throws(ErrorReply) -> Reply {
    let detail: RankedItems.Detail =
      arguments.hasFlag("WITHDETAILS")
      ? .everything : arguments.hasFlag("WITHSCORES") ? .scores : .identifiers
    let entries = try items.map { scored throws(ErrorReply) in
      RankedItems.Entry(
        ReplyIdentifier(model.items.identifier(at: scored.item)),
        title: model.title(of: scored.item),
        ratingCount: showingCounts ? model.ratingCount(of: scored.item) : nil,
        score: try finite(scored.score))
    }
    return .items(RankedItems(context: context, entries: entries, detail: detail))
  }

  /// `score`, if it is a number that may be sent: a file that is not checked yet may hold others.
  private func finite(_ score: Float) throws(ErrorReply) -> Float {
    guard score.isFinite else {
      throw ErrorReply(
        .damagedModel, "version \(facts.version) has a score that is not a finite number",
        remedy: "`latent models verify` says where, and `latent models rollback` goes back, with "
          + "the daemon's --models and --name.")
    }
    return score
  }

  private func itemContext(_ item: ItemID, _ row: ItemIndex) -> [ReplyField] {
    [ReplyField("item", .identifier(ReplyIdentifier(item)))]
      + (model.title(of: row).map { [ReplyField("title", .text($0))] } ?? [])
  }
}

// MARK: - Ids

extension RecommenderAnswers {
  private func userID(_ arguments: CommandArguments) throws(ErrorReply) -> UserID {
    let text = try arguments.text(0)
    guard let user = UserID(text, as: model.users.type) else {
      throw badIdentifier(text, of: "user", model.users.type)
    }
    return user
  }

  private func knownItem(
    _ arguments: CommandArguments, at position: Int
  ) throws(ErrorReply) -> (ItemID, ItemIndex) {
    let text = try arguments.text(position)
    guard let item = ItemID(text, as: model.items.type) else {
      throw badIdentifier(text, of: "item", model.items.type)
    }
    guard let row = model.items.index(of: item) else {
      throw ErrorReply(
        .unknownItem, "the model does not know item \(ClientText.echo(item.description))",
        remedy: unknownRemedy)
    }
    return (item, row)
  }

  private var unknownRemedy: String {
    "It had no ratings when version \(facts.version) was trained, or never was there: if it was "
      + "rated since, train again."
  }

  private func unknown(_ user: UserID) -> ErrorReply {
    ErrorReply(
      .unknownUser, "the model does not know user \(ClientText.echo(user.description))",
      remedy: unknownRemedy)
  }

  private func badIdentifier(_ text: String, of what: String, _ type: IdentifierType) -> ErrorReply
  {
    let kind =
      type == .integer ? "a 64-bit integer" : "text of 1 to \(identifierByteLimit) bytes"
    return ErrorReply(
      .badArgument, "'\(ClientText.echo(text))' is not the id of a \(what)",
      remedy: "In this model it is \(kind).")
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
