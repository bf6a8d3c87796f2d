import Errors

/// What somebody does to one rating of theirs.
package enum RatingChange: Sendable, Equatable {
  /// The item is rated, in the place of a rating that is not newer.
  case rate(Rating)
  /// The rating is taken back, whenever it was left.
  case remove(UserID, ItemID)

  /// Whose rating it is.
  package var user: UserID {
    switch self {
    case .rate(let rating): rating.user
    case .remove(let user, _): user
    }
  }

  /// What is rated.
  package var item: ItemID {
    switch self {
    case .rate(let rating): rating.item
    case .remove(_, let item): item
    }
  }
}

/// What became of a ``RatingChange``.
package enum RatingOutcome: Sendable {
  /// There was no rating of that item before.
  case added
  /// It took the place of another.
  case replaced
  /// It was there already.
  case unchanged
  /// A newer one is there, and stays.
  case older(than: Timestamp)
  /// The rating is gone.
  case removed
  /// There was none to be removed.
  case absent
  /// The store does not take it, the others all the same.
  case refused(StoreError)

  /// Whether the store is another than before.
  package var isChange: Bool {
    switch self {
    case .added, .replaced, .removed: true
    case .unchanged, .older, .absent, .refused: false
    }
  }
}

/// Changes played through, one after the other, over what a table holds: several may be of one pair.
package struct RatingChanges {
  private let changes: [RatingChange]
  /// Why changes are refused, by their position.
  private let refusals: [Int: StoreError]
  /// The slot of each change's pair; those of what is refused mean nothing.
  private let slots: [Int]
  /// The pairs of the changes that are not refused, each once, in the order of the ids: what tables are asked for.
  package let pairs: RatingBatch

  /// The `changes` that a store with `settings`, in which types are fixed, takes; the others are refused, with those for
  /// which `refuse` returns an error. `store` is what errors speak of.
  package init(
    _ changes: [RatingChange], _ settings: StoreSettings, store: String,
    refusing refuse: (RatingChange) throws -> StoreError?
  ) throws {
    var refusals: [Int: StoreError] = [:]
    for (position, change) in changes.enumerated() {
      refusals[position] = try settings.problem(of: change, store: store) ?? refuse(change)
    }
    let taken = changes.indices.filter { refusals[$0] == nil }
    // In their order a tree's pages are each gone to once.
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

  /// What becomes of the changes over what a table holds of ``pairs``, nil where nothing, and what is to be written to it and
  /// removed from it.
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
      // A negative zero is a zero, as it is in SQLite.
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
  /// Why a store with these settings does not take `change`; nil where it does.
  fileprivate func problem(of change: RatingChange, store: String) -> StoreError? {
    let checked = Result<Void, StoreError> { () throws(StoreError) in
      try check(change.batch(valuing: scale?.minimum ?? 0), store: store)
    }
    if case .failure(let error) = checked { return error }
    return nil
  }
}

extension RatingChange {
  /// A batch of the pair alone, with its value, or `usual` where the change has none.
  fileprivate func batch(valuing usual: Float) -> RatingBatch {
    var batch = RatingBatch(userType: user.type, itemType: item.type)
    switch self {
    case .rate(let rating): batch.append(rating)
    case .remove(let user, let item): batch.append(Rating(user: user, item: item, value: usual))
    }
    return batch
  }

  /// Whether its pair comes before that of `other`.
  fileprivate func isOfEarlierPair(than other: RatingChange) -> Bool {
    user == other.user ? item < other.item : user < other.user
  }
}
