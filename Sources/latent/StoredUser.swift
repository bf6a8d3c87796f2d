import Errors
import ModelRegistry
import Ratings
import Recommenders

/// A user's data in the store, for answers that use more than the model has learned.
struct StoredUser {
  /// The user's ratings, newest first.
  let ratings: [Rating]
  /// Whether the user was forgotten, and has not been readmitted.
  let isForgotten: Bool

  /// The ratings in the form that queries take.
  var given: [GivenRating] { ratings.map { GivenRating(item: $0.item, value: $0.value) } }

  /// Returns the ratings to fold the user in with; nil if the model has learned from all of them.
  func ratings(beyond queries: RecommenderQueries, of user: String, since created: String)
    -> [GivenRating]?
  {
    let given = given
    let isOutdated = queries.isOutdated(
      by: given, of: user, newest: ratings.first?.time, since: created)
    return isOutdated ? given : nil
  }
}

/// The users of a store, for answers about several of them.
struct StoredPeople {
  /// The store's name without passwords.
  let name: String
  /// The users who were forgotten there.
  let forgotten: ForgottenUsers
  private let store: any RatingsStore
  private let userType: IdentifierType?

  /// Opens the store; returns nil if there is none with tables of Latent's. If a store was named but can't be queried,
  /// a note on standard error says so, and answers come from the model alone.
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

  /// Returns the user with the id `text`; nil if it is not an id, or the store can't be queried.
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

/// Answers about users that include the ratings in the store which the model in service has not learned from.
struct LaterRatings {
  let people: StoredPeople?
  /// The notes about users.
  let notes = UserNotes()
  private let trained: String

  init(than model: ModelOptions, in options: StoreOptions) throws {
    people = StoredPeople(in: options)
    trained = try model.versions.manifest(of: model.versionInService()).run.startedAt
  }

  /// Returns the answer for a user. If the model has learned from all of the user's ratings, it comes from `byModel`,
  /// which gets the ratings in the store if there are any. Otherwise it comes from `byRatings` with those ratings, or
  /// with none if the user was forgotten. Notes on standard error say which.
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
        "User \(user) is new or has rated since the model was trained: this uses their "
          + "\(ratings.count) ratings in \(people.name).")
      return answer
    } catch {
      guard error.code == .modelWithoutFoldIn else { throw error }
      notes.note(
        .unlearned,
        "User \(user) has rated since; a model of this kind learns that only by training.")
      return try byModel(known)
    }
  }
}
