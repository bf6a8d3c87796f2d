import LineProtocol
import Recommenders

extension DaemonCommand {
  static var recommendRatings: DaemonCommand {
    let ratings = Argument.countedTuples(["item", "value"])
    return DaemonCommand(
      "RECOMMENDRATINGS", .model,
      [ratings] + ListArguments.all + [.withScores, .withDetails, .model],
      summary:
        "What RECOMMEND returns for a user with these n ratings, without the rated items; needs no user id.",
      complexity: "O(items x factors + n x factors²); O(n) when asked again", since: "0.1",
      answer: .asking(RecommenderQueries.self) { (queries, model, arguments) throws(ErrorReply) in
        let (pairs, options) = (
          try arguments.tuples(ratings), try ListArguments.options(arguments)
        )
        let found = try explained { () throws(RecommendingError) in
          let given = try pairs.map { pair throws(RecommendingError) in
            try queries.rating(item: pair[0], value: pair[1])
          }
          try queries.check(given)
          return try queries.recommend(of: given, options)
        }
        return ranked(found, model, arguments)
      })
  }
}
