import LineProtocol
import Ratings
import Recommenders

extension DaemonCommand {
  static var explain: DaemonCommand {
    let item = Argument.required("item")
    return DaemonCommand(
      "EXPLAIN", .model, [.user, item, .count, .model],
      summary:
        "The terms of a user's predicted rating of an item, and the user's ratings that contribute most to the "
        + "ranking score.",
      complexity: "O(rated items x factors²); O(n) when asked again", since: "0.1",
      answer: .asking(RecommenderQueries.self) { (queries, model, arguments) throws(ErrorReply) in
        let (user, item) = (try arguments.text(.user), try arguments.text(item))
        let count = arguments.number(.count)
        let found = try model.answer(of: user, queries) { ratings throws(RecommendingError) in
          try queries.explain(user: user, item: item, count: count, ratings: ratings)
        } byRatings: { ratings throws(RecommendingError) in
          try queries.explain(of: ratings, for: user, item: item, count: count)
        }
        return .map(
          [ReplyField("user", .identifier(ReplyIdentifier(found.user)))]
            + itemFields(found.item, found.title)
            + (found.isCold ? [ReplyField("cold", .integer(1))] : []) + model.fields
            + (found.prediction.map(fields) ?? []) + (found.ranking.map(fields) ?? [])
            + (found.ratingCount.map { [ReplyField("ratings", .integer(Int64($0)))] } ?? []))
      })
  }
}

private func fields(_ prediction: ExplainedPrediction) -> [ReplyField] {
  let terms = prediction.terms
  var fields = [ReplyField("prediction", .number(prediction.rating))]
  if let interval = prediction.interval {
    fields += [
      ReplyField("low", .number(interval.lowerBound)),
      ReplyField("high", .number(interval.upperBound)),
    ]
  }
  if prediction.transform != .none {
    fields += [
      ReplyField("transform", .text(prediction.transform.rawValue)),
      ReplyField("transformed", .number(prediction.transformed)),
    ]
  }
  fields += [
    ReplyField("mean", .number(terms.mean)), ReplyField("user_bias", .number(terms.userBias)),
    ReplyField("item_bias", .number(terms.itemBias)), ReplyField("taste", .number(terms.taste)),
  ]
  if terms.clipping != 0 { fields.append(ReplyField("clipping", .number(terms.clipping))) }
  return fields + (prediction.shares.map { [ReplyField("taste_by", shares($0))] } ?? [])
}

private func fields(_ ranking: ExplainedRanking) -> [ReplyField] {
  [ReplyField("score", .number(ranking.score))]
    + (ranking.shares.map { [ReplyField("score_by", shares($0))] } ?? [])
}

private func shares(_ shares: ExplainedShares) -> Reply {
  .list(
    shares.largest.map {
      .map(itemFields($0.item, $0.title) + [ReplyField("value", .number($0.amount))])
    })
}
