import Errors
import LineProtocol
import Ratings
import Recommenders

/// A user that a request is about, with ratings in a store.
struct AskedUser {
  let ratings: LiveRatings
  /// The user's id in the store.
  let id: UserID
  /// The mark that validates an answer computed now.
  let mark: UserMarks.Mark

  /// Looks up the user that `arguments` name; `nil` if they name none, or there is no store that could know them.
  init?(_ arguments: CommandArguments, in ratings: LiveRatings?) {
    guard let ratings, arguments.command.arguments.contains(.user),
      let text = try? arguments.text(.user), let id = ratings.user(text)
    else { return nil }
    (self.ratings, self.id, mark) = (ratings, id, ratings.marks.mark(of: id))
  }

  /// Whether the user's ratings are known without asking the store.
  var isKnown: Bool { ratings.answersAtOnce(id) }
}

extension AskedModel {
  /// Returns the answer of `byModel`, which is given the user's ratings in the store, if there are any. If the model
  /// has not learned all of them, returns the answer of `byRatings` instead, based on all current ratings. A model
  /// without fold-in answers by what it has learned. Blocks if the store has to be asked.
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
