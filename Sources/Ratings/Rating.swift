/// A user's rating of an item.
package struct Rating: Equatable, Sendable {
  package var user: UserID
  package var item: ItemID
  /// The rating's value: stars or a score, or 1 for a play or a click. Always finite.
  package var value: Float
  /// When the rating was given, if known.
  package var time: Timestamp?

  package init(user: UserID, item: ItemID, value: Float = 1, time: Timestamp? = nil) {
    self.user = user
    self.item = item
    self.value = value
    self.time = time
  }
}

/// The fields of a rating, in their usual column order in a table or a file.
package enum RatingColumn: Int, Sendable, CaseIterable {
  case user, item, value, time
}

extension Rating {
  /// Creates the rating of `item` by `user` from what a store holds.
  package init(user: UserID, item: ItemID, _ state: RatingState) {
    self.init(
      user: user, item: item, value: state.value,
      time: state.time == Timestamp.missing ? nil : Timestamp(microseconds: state.time))
  }
}

/// A batch of ratings in columns of equal length, as stores and files deliver them. A streaming reader sees
/// one batch at a time, never the whole.
package struct RatingBatch: Sendable, Equatable {
  package var users: IdentifierColumn
  package var items: IdentifierColumn
  package var values: [Float]
  /// Microseconds since 1970, ``Timestamp/missing`` for a rating without a time.
  package var times: [Int64]

  /// The default number of ratings in a batch.
  package static let usualCount = 65_536

  /// Creates an empty batch for ids of the given types.
  package init(userType: IdentifierType, itemType: IdentifierType) {
    users = IdentifierColumn(type: userType)
    items = IdentifierColumn(type: itemType)
    values = []
    times = []
  }

  /// The number of ratings.
  package var count: Int { values.count }

  /// Appends a rating. Traps if an id is of the other type.
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

  /// Passes the ratings to `body`, if there are any, and empties the batch.
  package mutating func flush(to body: (borrowing RatingBatch) throws -> Void) rethrows {
    guard count > 0 else { return }
    try body(self)
    removeAll()
  }

  /// Removes all ratings and keeps the capacity.
  package mutating func removeAll() {
    users.removeAll()
    items.removeAll()
    values.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
  }
}

/// What happens to a pair that a store already has when another rating of it is written.
package enum WriteRule: Sendable {
  /// The new rating replaces the old one unless the old one has a later time. If either has no time, the new
  /// one wins.
  case replacing
  /// The new value is added to the old one; the time is the later of the two.
  case adding
}

/// What a store holds for a pair of user and item: the rating without the ids.
package struct RatingState: Equatable, Sendable {
  package var value: Float
  /// Microseconds since 1970, ``Timestamp/missing`` if there is no time.
  package var time: Int64

  package init(value: Float, time: Int64) {
    self.value = value
    self.time = time
  }

  /// Returns the state after `new` is written over this one; nil if it does not change.
  package func successor(_ new: RatingState, _ rule: WriteRule) -> RatingState? {
    let next: RatingState
    switch rule {
    case .replacing:
      next = Timestamp.isNewer(time, than: new.time) ? self : new
    case .adding:
      // A missing time sorts before all others.
      next = RatingState(value: value + new.value, time: max(time, new.time))
    }
    return next == self ? nil : next
  }
}
