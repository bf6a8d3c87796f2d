/// What one user thought of one item.
package struct Rating: Equatable, Sendable {
  package var user: UserID
  package var item: ItemID
  /// The rating itself: stars, a score; 1 for a play or a click. Always finite.
  package var value: Float
  /// When it was given, where that is known.
  package var time: Timestamp?

  package init(user: UserID, item: ItemID, value: Float = 1, time: Timestamp? = nil) {
    self.user = user
    self.item = item
    self.value = value
    self.time = time
  }
}

/// What is known of a rating, by its usual order in the columns of a table or a file.
package enum RatingColumn: Int, Sendable, CaseIterable {
  case user, item, value, time
}

extension Rating {
  /// The rating of `item` by `user` that a store holds.
  package init(user: UserID, item: ItemID, _ state: RatingState) {
    self.init(
      user: user, item: item, value: state.value,
      time: state.time == Timestamp.missing ? nil : Timestamp(microseconds: state.time))
  }
}

/// Many ratings in columns of equal length: how stores and files hand them over. The reader of a
/// stream sees one batch at a time and never the whole.
package struct RatingBatch: Sendable, Equatable {
  package var users: IdentifierColumn
  package var items: IdentifierColumn
  package var values: [Float]
  /// Microseconds since 1970, ``Timestamp/missing`` where a rating has no time.
  package var times: [Int64]

  /// How many ratings are handed over at a time, unless another number is asked for.
  package static let usualCount = 65_536

  /// An empty batch for ids of the given types.
  package init(userType: IdentifierType, itemType: IdentifierType) {
    users = IdentifierColumn(type: userType)
    items = IdentifierColumn(type: itemType)
    values = []
    times = []
  }

  /// The number of ratings.
  package var count: Int { values.count }

  /// Adds a rating at the end. Traps when an id is of the other type.
  package mutating func append(_ rating: Rating) {
    users.append(rating.user)
    items.append(rating.item)
    values.append(rating.value)
    times.append(rating.time?.microseconds ?? Timestamp.missing)
  }

  /// The rating at `position`. Traps outside `0 ..< count`.
  package subscript(position: Int) -> Rating {
    Rating(
      user: users.identifier(at: position), item: items.identifier(at: position),
      RatingState(value: values[position], time: times[position]))
  }

  /// Hands over the ratings, if there are any, and empties the batch.
  package mutating func flush(to body: (borrowing RatingBatch) throws -> Void) rethrows {
    guard count > 0 else { return }
    try body(self)
    removeAll()
  }

  /// Empties the batch and keeps its memory.
  package mutating func removeAll() {
    users.removeAll()
    items.removeAll()
    values.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
  }
}

/// What becomes of a pair that a store has already when another rating of it comes.
package enum WriteRule: Sendable {
  /// The new one takes the place of the old, unless that has a later time; without a time on either side
  /// the new one wins.
  case replacing
  /// The new value is added to the old; the time is the later one.
  case adding
}

/// What a pair of user and item has in a store: its rating without the ids.
package struct RatingState: Equatable, Sendable {
  package var value: Float
  /// Microseconds since 1970, ``Timestamp/missing`` when there is none.
  package var time: Int64

  package init(value: Float, time: Int64) {
    self.value = value
    self.time = time
  }

  /// What this state becomes when `new` comes; nil where it stays.
  package func successor(_ new: RatingState, _ rule: WriteRule) -> RatingState? {
    let next: RatingState
    switch rule {
    case .replacing:
      next = Timestamp.isNewer(time, than: new.time) ? self : new
    case .adding:
      // A missing time is before all others.
      next = RatingState(value: value + new.value, time: max(time, new.time))
    }
    return next == self ? nil : next
  }
}
