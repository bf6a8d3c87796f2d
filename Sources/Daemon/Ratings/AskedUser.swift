import Errors
import LineProtocol
import Ratings
import Recommenders

/// A user that a request is about, whose ratings stand in a store.
struct AskedUser {
  let ratings: LiveRatings
  /// The id that they have there.
  let id: UserID
  /// What an answer is good by that is computed now.
  let mark: UserMarks.Mark

  /// The user that `arguments` name; nil where they name none, or there is no store that could know of them.
  init?(_ arguments: CommandArguments, in ratings: LiveRatings?) {
    guard let ratings, arguments.command.arguments.contains(.user),
      let text = try? arguments.text(.user), let id = ratings.user(text)
    else { return nil }
    (self.ratings, self.id, mark) = (ratings, id, ratings.marks.mark(of: id))
  }

  /// Whether their ratings are known without asking the store.
  var isKnown: Bool { ratings.answersAtOnce(id) }
}

extension AskedModel {
  /// What `byModel` says of a user as the model knows them, told their ratings in the store where that has any; or `byRatings`, where the model
  /// has not learned all of them, by all that they are now. One that can't make users of ratings answers as it knows them. Asks the store
  /// where that is not known: blocks.
  func answer<Answer>(
    of user: String, _ queries: RecommenderQueries,
    byModel: ([GivenRating]?) throws(RecommendingError) -> Answer,
    byRatings: ([GivenRating]) throws(RecommendingError) -> Answer
  ) throws(ErrorReply) -> Answer {
    try explained { () throws(RecommendingError) in
      guard let ratings, let id = ratings.user(user), let entry = ratings.entry(of: id),
        !entry.ratings.isEmpty
      else { return try byModel(nil) }
      guard
        queries.isOutdated(
          by: entry.ratings, of: user, newest: entry.newest, since: facts.trainedAt)
      else { return try byModel(entry.ratings) }
      do throws(RecommendingError) { return try byRatings(entry.ratings) } catch {
        guard error.code == .modelWithoutFoldIn else { throw error }
        return try byModel(entry.ratings)
      }
    }
  }
}
