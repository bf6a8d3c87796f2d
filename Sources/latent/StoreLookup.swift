import Errors
import Ratings

/// Finds the users and items that the command line names, or explains why there are none.
struct StoreLookup {
  let store: any RatingsStore
  let settings: StoreSettings

  init(_ store: any RatingsStore) throws(StoreError) {
    self.store = store
    settings = try store.settings()
  }

  /// Like ``init(_:)``, but returns nil if the store has no tables of Latent's: models may be trained on other tables.
  init?(ifThere store: any RatingsStore) throws(StoreError) {
    do throws(StoreError) { try self.init(store) } catch {
      guard [.notMigrated, .foreign].contains(error.code) else { throw error }
      return nil
    }
  }

  /// Returns the user with the id `text`. Throws if that user has no ratings.
  func user(_ text: String) throws -> UserID {
    guard let type = settings.userType else { throw emptyStore }
    let user = UserID(text, as: type)
    guard let user, try !store.ratings(of: user, limit: 1).isEmpty else {
      let listing = "`latent users` lists all there are."
      throw CommandFailure(
        "no user \"\(text)\" in \(store.name)",
        remedy: try type == .integer
          ? (user == nil ? Self.integersOnly("users") : "") + listing
          : Self.suggestion(nearestUsers(to: text), or: listing))
    }
    return user
  }

  /// Returns the id `text` of a user, known or not, in the store's type of ids.
  func userID(_ text: String) throws -> UserID {
    guard let type = settings.userType else { throw emptyStore }
    guard let user = UserID(text, as: type) else {
      throw CommandFailure(
        "\"\(text)\" is not a user id of \(store.name)",
        remedy: "They are \(type == .integer ? "64-bit integers" : "texts") there.")
    }
    return user
  }

  /// Returns the item with the id `text`. Throws if it has neither ratings nor a title.
  func item(_ text: String) throws -> ItemID {
    guard let type = settings.itemType else { throw emptyStore }
    let item = ItemID(text, as: type)
    guard let item, try store.item(item) != nil else {
      let nearest = type == .integer ? [] : try nearestItems(to: text)
      let titled = nearest.isEmpty ? try itemsTitled(text) : nearest
      throw CommandFailure(
        "no item \"\(text)\" in \(store.name)",
        remedy: Self.suggestion(
          titled,
          or: (type == .integer && item == nil ? Self.integersOnly("items") : "")
            + "`latent items --search TEXT` finds items by title."))
    }
    return item
  }

  /// Returns the titles of those `items` that have one.
  func titles(of items: [ItemID]) throws -> [ItemID: String] {
    var titles: [ItemID: String] = [:]
    // A few are looked up; for many, one pass over all items is faster.
    if items.count <= 50 {
      for item in items { titles[item] = try store.item(item)?.title }
    } else {
      let wanted = Set(items)
      try store.readItems { if wanted.contains($0.id) { titles[$0.id] = $0.title } }
    }
    return titles
  }

  private func nearestUsers(to text: String) throws(StoreError) -> [String] {
    var search = NearestText(to: text, count: 3)
    var last: UserID?
    while true {
      let page = try store.users(after: last, limit: 50_000)
      guard let end = page.last else { return search.matches }
      for user in page { search.consider(user.subject.description) }
      last = end.subject
    }
  }

  private func nearestItems(to text: String) throws(StoreError) -> [String] {
    var search = NearestText(to: text, count: 3)
    for item in try store.items(search: nil, limit: .max) {
      search.consider(item.subject.id.description)
    }
    return search.matches
  }

  private func itemsTitled(_ text: String) throws(StoreError) -> [String] {
    guard !text.isEmpty else { return [] }
    return try store.items(search: text, limit: 3).map { item in
      item.subject.id.description + (item.subject.title.map { " (\($0))" } ?? "")
    }
  }

  private var emptyStore: CommandFailure {
    CommandFailure(
      "\(store.name) holds no ratings yet", remedy: "Import some with `latent import`.")
  }

  /// Returns the remedy for an id that is not of the store's type.
  private static func integersOnly(_ plural: String) -> String {
    "Its \(plural)' ids are 64-bit integers. "
  }

  private static func suggestion(_ nearest: [String], or other: String) -> String {
    nearest.isEmpty ? other : "Did you mean \(nearest.joined(separator: ", "))?"
  }
}
