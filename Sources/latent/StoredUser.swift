import Errors
import ModelRegistry
import Ratings
import Recommenders

/// What the store has of a user, for answers that go by more than the model learned.
struct StoredUser {
  /// The store as it may be shown.
  let store: String
  /// The user's ratings, newest first.
  let ratings: [Rating]
  /// Whether the user was forgotten, and has not been taken back.
  let isForgotten: Bool

  /// The user whose id reads `text`; nil where there is no store with tables of Latent's. A store that was named, and
  /// can't be asked, is told of on standard error: the answer is then the model's alone.
  init?(_ text: String, in options: StoreOptions) {
    let found = options.ifThere { store, settings -> StoredUser? in
      guard let type = settings.userType, let user = UserID(text, as: type) else { return nil }
      let ratings = try store.ratings(of: user, limit: .max)
      return StoredUser(
        store: store.name, ratings: ratings,
        isForgotten: try ratings.isEmpty && store.forgottenUsers().contains(user))
    }
    guard let found else { return nil }
    self = found
  }

  private init(store: String, ratings: [Rating], isForgotten: Bool) {
    self.store = store
    self.ratings = ratings
    self.isForgotten = isForgotten
  }

  /// What there is to say to a question about somebody who was forgotten.
  func failure(of user: String) -> CommandFailure {
    CommandFailure(
      "user \(user) was forgotten in \(store)",
      remedy: "`latent forget --user \(user) --everywhere` takes the person out of models, too.")
  }

  /// The ratings as questions take them.
  var given: [GivenRating] { ratings.map { GivenRating(item: $0.item, value: $0.value) } }

  /// The ratings by which the user is to be made anew: where the model does not know of some of an item that it knows, or one
  /// was left since it was made. Nil where the model knows all.
  func ratings(beyond queries: RecommenderQueries, of user: String, since created: String)
    -> [GivenRating]?
  {
    let later = ratings.contains { rating in
      rating.time.map { $0.description > created } ?? false
    }
    guard later || queries.unlearned(of: given, by: user) > 0 else { return nil }
    return given
  }
}

/// Who was forgotten in a store, for answers about many users.
struct StoredForgetting {
  /// The store as it may be shown.
  let store: String
  let users: ForgottenUsers

  /// Nil where there is no store with tables of Latent's, or it can't be asked; see ``StoredUser``.
  init?(in options: StoreOptions) {
    guard let found = options.ifThere({ store, _ in (store.name, try store.forgottenUsers()) })
    else { return nil }
    (store, users) = found
  }
}

extension StoreOptions {
  /// What `answer` makes of the store, where there is one with tables of Latent's; else nil. A store that was named, and
  /// can't be asked, is told of on standard error: the answer is then the model's alone.
  fileprivate func ifThere<Answer>(
    _ answer: (any RatingsStore, StoreSettings) throws -> Answer?
  ) -> Answer? {
    do {
      let store = try open()
      guard let settings = try StoreLookup(ifThere: store)?.settings else { return nil }
      return try answer(store, settings)
    } catch let error as StoreError {
      if error.code != .missing || isNamed {
        StandardError.write(
          "The store can't be asked for later ratings: \(error.place): \(error.problem). "
            + "The model answers alone.\n")
      }
      return nil
    } catch {
      return nil
    }
  }
}

extension ModelOptions {
  /// What `byModel` says of a user as the model that `queries` ask knows them, or `byRatings`, where the store has
  /// ratings of theirs that it has not learned from; which of them is said on standard error.
  func answer<Answer>(
    of user: String, beside options: StoreOptions, _ queries: RecommenderQueries,
    byModel: () throws(RecommendingError) -> Answer,
    byRatings: ([GivenRating]) throws(RecommendingError) -> Answer
  ) throws -> Answer {
    let stored = StoredUser(user, in: options)
    let started = try versions.manifest(of: versionInService()).run.startedAt
    return try Self.explained { () throws(RecommendingError) in
      guard let stored else { return try byModel() }
      if stored.isForgotten {
        StandardError.write("User \(user) was forgotten in \(stored.store).\n")
        return try byRatings([])
      }
      guard let ratings = stored.ratings(beyond: queries, of: user, since: started) else {
        return try byModel()
      }
      do throws(RecommendingError) {
        let answer = try byRatings(ratings)
        StandardError.write(
          "User \(user) has rated since the model was trained, or was not there: this goes by their "
            + "\(ratings.count) ratings in \(stored.store).\n")
        return answer
      } catch {
        guard error.code == .modelWithoutFoldIn else { throw error }
        StandardError.write(
          "User \(user) has rated since, which a model of this kind learns by training alone.\n")
        return try byModel()
      }
    }
  }
}
