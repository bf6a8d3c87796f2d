import Errors
import ModelRegistry
import Ratings
import Recommenders

/// What the store has of a user, for answers that go by more than the model learned.
struct StoredUser {
  /// The user's ratings, newest first.
  let ratings: [Rating]
  /// Whether the user was forgotten, and has not been taken back.
  let isForgotten: Bool

  /// The ratings as questions take them.
  var given: [GivenRating] { ratings.map { GivenRating(item: $0.item, value: $0.value) } }

  /// The ratings by which the user is to be made anew; nil where the model has learned all of them.
  func ratings(beyond queries: RecommenderQueries, of user: String, since created: String)
    -> [GivenRating]?
  {
    let given = given
    let isOutdated = queries.isOutdated(
      by: given, of: user, newest: ratings.first?.time, since: created)
    return isOutdated ? given : nil
  }
}

/// The people of a store, for answers about several of them.
struct StoredPeople {
  /// The store as it may be shown.
  let name: String
  /// Who was forgotten there.
  let forgotten: ForgottenUsers
  private let store: any RatingsStore
  private let userType: IdentifierType?

  /// Nil where there is no store with tables of Latent's. One that was named, and can't be asked, is told of on standard
  /// error: answers are then the model's alone.
  init?(in options: StoreOptions) {
    do {
      let store = try options.open()
      guard let settings = try StoreLookup(ifThere: store)?.settings else { return nil }
      (self.store, userType) = (store, settings.userType)
      (name, forgotten) = (store.name, try store.forgottenUsers())
    } catch let error as StoreError {
      if error.code != .missing || options.isNamed { Self.tell(of: error) }
      return nil
    } catch {
      return nil
    }
  }

  /// The user whose id reads `text`; nil where there can be none, or the store can't be asked.
  func user(_ text: String) -> StoredUser? {
    guard let userType, let user = UserID(text, as: userType) else { return nil }
    do throws(StoreError) {
      let ratings = try store.ratings(of: user, limit: .max)
      return StoredUser(
        ratings: ratings, isForgotten: ratings.isEmpty && forgotten.contains(user))
    } catch {
      Self.tell(of: error)
      return nil
    }
  }

  private static func tell(of error: StoreError) {
    StandardError.note(
      "The store can't be asked for later ratings: \(error.place): \(error.problem). "
        + "The model answers alone.")
  }
}

/// Answers about users, by what the store has of them where that is more than the model in service has learned.
struct LaterRatings {
  let people: StoredPeople?
  /// What is said of the users.
  let notes = UserNotes()
  private let trained: String

  init(than model: ModelOptions, in options: StoreOptions) throws {
    people = StoredPeople(in: options)
    trained = try model.versions.manifest(of: model.versionInService()).run.startedAt
  }

  /// What `byModel` says of a user as the model that `queries` ask knows them, told their ratings in the store where there are any; or `byRatings`,
  /// where these are some that it has not learned from, and none where the user was forgotten; which of them is said on standard error.
  func answer<Answer>(
    of user: String, _ queries: RecommenderQueries,
    byModel: ([GivenRating]?) throws(RecommendingError) -> Answer,
    byRatings: ([GivenRating]) throws(RecommendingError) -> Answer
  ) throws(RecommendingError) -> Answer {
    guard let people, let stored = people.user(user) else { return try byModel(nil) }
    let known = stored.ratings.isEmpty ? nil : stored.given
    if stored.isForgotten {
      notes.note(.forgotten, "User \(user) was forgotten in \(people.name).")
      return try byRatings([])
    }
    guard let ratings = stored.ratings(beyond: queries, of: user, since: trained) else {
      return try byModel(known)
    }
    do throws(RecommendingError) {
      let answer = try byRatings(ratings)
      notes.note(
        .made,
        "User \(user) has rated since the model was trained, or was not there: this goes by their "
          + "\(ratings.count) ratings in \(people.name).")
      return answer
    } catch {
      guard error.code == .modelWithoutFoldIn else { throw error }
      notes.note(
        .unlearned,
        "User \(user) has rated since, which a model of this kind learns by training alone.")
      return try byModel(known)
    }
  }
}
