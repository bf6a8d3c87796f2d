import Errors

/// A change that a user makes to one of their ratings.
package enum RatingChange: Sendable, Equatable {
  /// Rates an item, replacing any rating that is not newer.
  case rate(Rating)
  /// Removes a rating, whatever its time.
  case remove(UserID, ItemID)

  /// The user whose rating changes.
  package var user: UserID {
    switch self {
    case .rate(let rating): rating.user
    case .remove(let user, _): user
    }
  }

  /// The rated item.
  package var item: ItemID {
    switch self {
    case .rate(let rating): rating.item
    case .remove(_, let item): item
    }
  }
}

/// The outcome of a ``RatingChange``.
package enum RatingOutcome: Sendable {
  /// The item had no rating before.
  case added
  /// The rating replaced another.
  case replaced
  /// The same rating was already there.
  case unchanged
  /// A newer rating is there, and is kept.
  case older(than: Timestamp)
  /// The rating was removed.
  case removed
  /// There was no rating to remove.
  case absent
  /// The store rejected this change, but not the others.
  case refused(StoreError)

  /// Whether the store changed.
  package var isChange: Bool {
    switch self {
    case .added, .replaced, .removed: true
    case .unchanged, .older, .absent, .refused: false
    }
  }
}

/// A sequence of changes, applied in memory to what a table holds. Several may affect the same pair.
package struct RatingChanges {
  private let changes: [RatingChange]
  /// The errors of rejected changes, by position.
  private let refusals: [Int: StoreError]
  /// The slot of each change's pair; meaningless for rejected changes.
  private let slots: [Int]
  /// The pairs of the accepted changes, unique and in the order of the ids: the keys to look up in the table.
  package let pairs: RatingBatch

  /// Splits `changes` into those accepted by a store with `settings`, in which the types are fixed, and those
  /// rejected. Changes for which `refuse` returns an error are rejected as well. Errors name `store`.
  package init(
    _ changes: [RatingChange], _ settings: StoreSettings, store: String,
    refusing refuse: (RatingChange) throws -> StoreError?
  ) throws {
    var refusals: [Int: StoreError] = [:]
    for (position, change) in changes.enumerated() {
      refusals[position] = try settings.problem(of: change, store: store) ?? refuse(change)
    }
    let taken = changes.indices.filter { refusals[$0] == nil }
    // In sorted order, each page of a B-tree is visited once.
    let ordered = taken.sorted { changes[$0].isOfEarlierPair(than: changes[$1]) }
    var pairs = RatingBatch(
      userType: settings.userType ?? .integer, itemType: settings.itemType ?? .integer)
    var slots = Array(repeating: 0, count: changes.count)
    var last: RatingChange?
    for position in ordered {
      let change = changes[position]
      if last?.isOfEarlierPair(than: change) != false {
        pairs.append(Rating(user: change.user, item: change.item))
      }
      slots[position] = pairs.count - 1
      last = change
    }
    (self.changes, self.refusals, self.slots, self.pairs) = (changes, refusals, slots, pairs)
  }

  /// Applies the changes to what a table holds for ``pairs``, with nil where it has no rating. Returns the
  /// outcomes, what to write to the table and what to remove from it.
  package func run(
    over known: [RatingState?]
  ) -> (outcomes: [RatingOutcome], written: RatingBatch, removed: RatingBatch) {
    var states = known
    let outcomes = changes.enumerated().map { position, change in
      if let error = refusals[position] { return RatingOutcome.refused(error) }
      return Self.carryOut(change, on: &states[slots[position]])
    }
    var written = RatingBatch(userType: pairs.users.type, itemType: pairs.items.type)
    var removed = written
    for (slot, state) in states.enumerated() where state != known[slot] {
      let user: UserID = pairs.users.identifier(at: slot)
      let item: ItemID = pairs.items.identifier(at: slot)
      if let state {
        written.append(Rating(user: user, item: item, state))
      } else {
        removed.append(Rating(user: user, item: item))
      }
    }
    return (outcomes, written, removed)
  }

  private static func carryOut(
    _ change: RatingChange, on state: inout RatingState?
  ) -> RatingOutcome {
    switch change {
    case .remove:
      defer { state = nil }
      return state == nil ? .absent : .removed
    case .rate(let rating):
      // Negative zero becomes zero, as in SQLite.
      let new = RatingState(
        value: rating.value + 0, time: rating.time?.microseconds ?? Timestamp.missing)
      guard let old = state else {
        state = new
        return .added
      }
      guard !Timestamp.isNewer(old.time, than: new.time) else {
        return .older(than: Timestamp(microseconds: old.time))
      }
      state = new
      return old == new ? .unchanged : .replaced
    }
  }
}

extension StoreSettings {
  /// Returns why a store with these settings rejects `change`; nil if it accepts it.
  fileprivate func problem(of change: RatingChange, store: String) -> StoreError? {
    let checked = Result<Void, StoreError> { () throws(StoreError) in
      try check(change.batch(valuing: scale?.minimum ?? 0), store: store)
    }
    if case .failure(let error) = checked { return error }
    return nil
  }
}

extension RatingChange {
  /// Returns a batch of this pair alone, with its value, or `usual` if the change has none.
  fileprivate func batch(valuing usual: Float) -> RatingBatch {
    var batch = RatingBatch(userType: user.type, itemType: item.type)
    switch self {
    case .rate(let rating): batch.append(rating)
    case .remove(let user, let item): batch.append(Rating(user: user, item: item, value: usual))
    }
    return batch
  }

  /// Returns whether its pair sorts before that of `other`.
  fileprivate func isOfEarlierPair(than other: RatingChange) -> Bool {
    user == other.user ? item < other.item : user < other.user
  }
}
