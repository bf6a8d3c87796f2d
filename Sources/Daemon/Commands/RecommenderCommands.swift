import LineProtocol
import Recommenders

extension DaemonCommand {
  static var recommend: DaemonCommand {
    DaemonCommand(
      "RECOMMEND", .model,
      [.user] + ListArguments.all + [.noFallback, .withScores, .withDetails, .model],
      summary:
        "The items that the model ranks highest for a user, best first, without those rated "
        + "already; the most popular ones for a user it does not know.",
      complexity: "O(items x factors); O(n) when asked again", since: "0.1",
      answer: .asking(RecommenderQueries.self) { (queries, model, arguments) throws(ErrorReply) in
        let (user, options) = (try arguments.text(.user), try ListArguments.options(arguments))
        let found = try model.answer(of: user, queries) { ratings throws(RecommendingError) in
          // Items rated since training are not recommended again, even by a model that learns by training alone.
          let options = options.includesRated ? options : options.excluding(ratings ?? [])
          return try queries.recommend(
            for: user, options, fallsBack: !arguments.has(.noFallback))
        } byRatings: { ratings throws(RecommendingError) in
          try queries.recommend(of: ratings, for: user, options)
        }
        return ranked(found, model, arguments)
      })
  }

  static var recommendMany: DaemonCommand {
    let users = Argument.counted("user")
    return DaemonCommand(
      "MRECOMMEND", .model,
      [users] + ListArguments.all + [.noFallback, .withScores, .withDetails, .model],
      summary: "What RECOMMEND returns for each of n users, as a list, all by one version.",
      complexity: "O(n x items x factors); O(n) when asked again", since: "0.1",
      answer: .each { (request, arguments) throws(ErrorReply) in
        _ = try ListArguments.options(arguments)
        let users = arguments.rest(users)
        return try Transaction(
          recommend.description.name, forEach: users,
          (2 + users.count..<request.count).map { request[$0] })
      })
  }

  static var similar: DaemonCommand {
    let item = Argument.required("item")
    let minimumRatings = Argument.number(
      "MINRATINGS", value: "n", range: 0...1_000_000_000,
      default: Recommender.defaultMinimumRatings)
    return DaemonCommand(
      "SIMILAR", .model,
      [item, .count, minimumRatings] + ListArguments.filters + [.withScores, .withDetails, .model],
      summary:
        "The items most like an item, best first, by who has rated both or by what the model learned; those with "
        + "fewer ratings than MINRATINGS (\(Recommender.defaultMinimumRatings)) behind all others.",
      complexity: "O(items x factors), or O(items + rated items); O(n) when asked again",
      since: "0.1",
      answer: .asking(RecommenderQueries.self) { (queries, model, arguments) throws(ErrorReply) in
        let (item, filters) = (try arguments.text(item), try ListArguments.filters(arguments))
        let found = try explained { () throws(RecommendingError) in
          try queries.similar(
            to: item, count: arguments.number(.count),
            minimumRatings: arguments.number(minimumRatings), filters)
        }
        return ranked(
          found.items,
          itemFields(found.item, found.title) + model.fields
            + [ReplyField("similarity", .text(found.similarity.rawValue))], arguments)
      })
  }

  static var predict: DaemonCommand {
    let item = Argument.required("item")
    return DaemonCommand(
      "PREDICT", .model, [.user, item, .model],
      summary: "The predicted rating of a user for an item.",
      complexity: "O(factors)", since: "0.1",
      answer: .asking(RecommenderQueries.self) { (queries, model, arguments) throws(ErrorReply) in
        let (user, item) = (try arguments.text(.user), try arguments.text(item))
        let found = try model.answer(of: user, queries) { _ throws(RecommendingError) in
          try queries.predict(user: user, item: item)
        } byRatings: { ratings throws(RecommendingError) in
          try queries.predict(of: ratings, for: user, item: item)
        }
        return .value(
          found.rating, named: "prediction",
          context: [ReplyField("user", .identifier(ReplyIdentifier(found.user)))]
            + itemFields(found.item, found.title) + model.fields
            + (found.interval.map {
              [
                ReplyField("low", .number($0.lowerBound)),
                ReplyField("high", .number($0.upperBound)),
              ]
            } ?? []))
      })
  }
}

extension Argument {
  static let noFallback = Argument.flag("NOFALLBACK")
  static let withScores = Argument.flag("WITHSCORES")
  static let withDetails = Argument.flag("WITHDETAILS")
}
