import LineProtocol
import Recommenders

extension DaemonCommand {
  static var similarUsers: DaemonCommand {
    DaemonCommand(
      "SIMILARUSERS", .model, [.user, .count, .withScores, .withDetails, .model],
      summary:
        "The users most like a user, best first, by their factors or by the items that both have rated.",
      complexity: "O(users x factors), or O(rated items); O(n) when asked again", since: "0.1",
      answer: .asking(RecommenderQueries.self) { (queries, model, arguments) throws(ErrorReply) in
        let (user, count) = (try arguments.text(.user), arguments.number(.count))
        let found = try model.answer(of: user, queries) { _ throws(RecommendingError) in
          try queries.similarUsers(to: user, count: count)
        } byRatings: { ratings throws(RecommendingError) in
          try queries.similarUsers(of: ratings, for: user, count: count)
        }
        return .items(
          RankedItems(
            context: [
              ReplyField("user", .identifier(ReplyIdentifier(found.user)))
            ] + model.fields + [ReplyField("similarity", .text(found.similarity.rawValue))],
            entries: found.users.map {
              RankedItems.Entry(
                ReplyIdentifier($0.id), ratingCount: $0.ratingCount, sharedCount: $0.sharedCount,
                score: $0.score)
            }, detail: rankedDetail(arguments), noun: "user"))
      })
  }
}
