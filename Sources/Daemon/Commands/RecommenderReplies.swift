import Errors
import LineProtocol
import Ratings
import Recommenders

/// Returns the detail asked for in each entry of a list.
func rankedDetail(_ arguments: CommandArguments) -> RankedItems.Detail {
  arguments.has(.withDetails)
    ? .everything : arguments.has(.withScores) ? .scores : .identifiers
}

/// Returns a user's list with the model's version, in the detail asked for.
func ranked(
  _ found: RecommendedItems, _ model: AskedModel, _ arguments: CommandArguments
) -> Reply {
  var context = found.user.map { [ReplyField("user", .identifier(ReplyIdentifier($0)))] } ?? []
  context += model.fields
  if found.isFallback { context.append(ReplyField("fallback", .text("popularity"))) }
  return ranked(found.items, context, arguments, showingCounts: found.isByPopularity)
}

/// Returns a list of items, in the detail asked for.
func ranked(
  _ items: [RankedItem], _ context: [ReplyField], _ arguments: CommandArguments,
  showingCounts: Bool = false
) -> Reply {
  let entries = items.map { item in
    RankedItems.Entry(
      ReplyIdentifier(item.id), title: item.title,
      ratingCount: showingCounts ? item.ratingCount : nil, score: item.score,
      prediction: item.prediction, isCold: item.isCold == true)
  }
  return .items(
    RankedItems(context: context, entries: entries, detail: rankedDetail(arguments)))
}

func itemFields(_ item: ItemID, _ title: String?) -> [ReplyField] {
  [ReplyField("item", .identifier(ReplyIdentifier(item)))]
    + (title.map { [ReplyField("title", .text($0))] } ?? [])
}

extension ReplyIdentifier {
  init<Entity>(_ identifier: Identifier<Entity>) {
    switch identifier.value {
    case .integer(let integer): self = .integer(integer)
    case .text(let text): self = .text(text)
    }
  }
}

// MARK: - Errors

/// Returns the result of `question`; throws its error as clients see it.
func explained<Answer>(
  _ question: () throws(RecommendingError) -> Answer
) throws(ErrorReply) -> Answer {
  do throws(RecommendingError) { return try question() } catch { throw ErrorReply(error) }
}

extension ErrorReply {
  fileprivate init(_ error: RecommendingError) {
    let code: Code =
      switch error.code {
      case .modelWithoutFactors, .itemWithoutFactors, .modelWithoutPredictions,
        .modelWithoutFoldIn, .modelWithoutTerms:
        .notOfThisModel
      case .invalidIdentifier, .badCondition, .badRating, .ambiguousItem: .badArgument
      case .unknownUser: .unknownUser
      case .unknownItem: .unknownItem
      case .damagedModel: .damagedModel
      case .badItemFile: preconditionFailure("no request names a file")
      }
    self.init(code, error.problem, remedy: error.remedy)
  }
}
