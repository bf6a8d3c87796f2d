import Errors
package import Ratings

/// A data set divided into a training part and a held-out part.
package struct SplitRatings: Sendable {
  /// The training ratings, renumbered over their own users and items.
  package private(set) var training: InteractionTable
  /// The ratings for evaluation.
  package let heldOut: HeldOutRatings

  package init(training: InteractionTable, heldOut: HeldOutRatings) {
    self.training = training
    self.heldOut = heldOut
  }

  /// Takes out the training part and leaves an empty table, so that it can be mutated without a copy.
  package mutating func takeTraining() -> InteractionTable {
    defer { training = InteractionTableBuilder().finish() }
    return training
  }
}

/// Ratings excluded from training, ordered by (user, item).
package struct HeldOutRatings: Sendable {
  /// Stands for a user or an item that is absent from the training part.
  package static let unknown = UInt32.max

  /// The ratings with their own ids and rows, for evaluating a model with other rows.
  package let ratings: InteractionTable
  /// The row in the training part of each rating's user, or ``unknown``.
  package let users: [UInt32]
  /// The row in the training part of each rating's item, or ``unknown``.
  package let items: [UInt32]

  /// The number of ratings.
  package var count: Int { ratings.count }

  /// The value of each rating.
  package var values: [Float] { ratings.values }
}

extension InteractionTable {
  /// Splits the table. In the held-out part, users and items absent from the training part are
  /// ``HeldOutRatings/unknown``.
  ///
  /// The training part reuses this table's memory if it is uniquely referenced. The held-out part takes 20 bytes per
  /// rating. O(count), plus O(n log n) in a user's ratings for per-user splits. Throws ``InteractionError``:
  /// `.badSplit`, `.missingTimes` if the split needs times that ratings lack, and `.emptyTraining`.
  package consuming func split(by split: Split) throws(InteractionError) -> SplitRatings {
    let heldOut = try heldOutMask(split)
    let heldOutCount = heldOut.count { $0 }
    guard heldOutCount < count else {
      throw InteractionError(
        .emptyTraining, count == 0 ? "there are no ratings" : "it holds out all ratings",
        place: "split \(split)",
        remedy: count == 0
          ? "Import ratings first." : "There may be too few: import more, or hold out fewer.")
    }
    let trainingUsers = Renumbering(rows: users, of: userCount) { !heldOut[$0] }
    let trainingItems = Renumbering(rows: items, of: itemCount) { !heldOut[$0] }
    let part = self.part { heldOut[$0] }
    let remaining =
      heldOutCount == 0
      ? self
      : keeping(users: trainingUsers, items: trainingItems) {
        !heldOut[$0]
      }
    return SplitRatings(
      training: remaining,
      heldOut: HeldOutRatings(
        ratings: part.table,
        users: part.table.users.map { trainingUsers.places[Int(part.users[Int($0)])] },
        items: part.table.items.map { trainingItems.places[Int(part.items[Int($0)])] }))
  }

  /// Returns the ratings of the users for which `isKept` is true, renumbered.
  package func ofUsers(_ isKept: (UserIndex) -> Bool) -> InteractionTable {
    part { isKept(UserIndex(users[$0])) }.table
  }

  /// Returns a copy of the rows for which `isKept` is true, renumbered, and the rows in this table of its users and
  /// items.
  func part(
    _ isKept: (Int) -> Bool
  ) -> (table: InteractionTable, users: [UInt32], items: [UInt32]) {
    let newUsers = Renumbering(rows: users, of: userCount, isKept)
    let newItems = Renumbering(rows: items, of: itemCount, isKept)
    let positions = (0..<UInt32(count)).filter { isKept(Int($0)) }
    let table = InteractionTable(
      userIdentifiers: userIdentifiers.selecting(newUsers.kept),
      itemIdentifiers: itemIdentifiers.selecting(newItems.kept),
      users: positions.map { newUsers.places[Int(users[Int($0)])] },
      items: positions.map { newItems.places[Int(items[Int($0)])] },
      values: positions.map { values[Int($0)] },
      times: times.map { times in positions.map { times[Int($0)] } })
    return (table, newUsers.kept, newItems.kept)
  }

  /// Returns the rows for which `isKept` is true, reusing this table's memory.
  private consuming func keeping(
    users newUsers: Renumbering, items newItems: Renumbering, _ isKept: (Int) -> Bool
  ) -> InteractionTable {
    let (userIdentifiers, itemIdentifiers) = (userIdentifiers, itemIdentifiers)
    var (users, items, values, times) = takeColumns()
    var kept = 0
    for position in values.indices where isKept(position) {
      users[kept] = newUsers.places[Int(users[position])]
      items[kept] = newItems.places[Int(items[position])]
      values[kept] = values[position]
      if let time = times?[position] { times?[kept] = time }
      kept += 1
    }
    users.removeSubrange(kept...)
    items.removeSubrange(kept...)
    values.removeSubrange(kept...)
    times?.removeSubrange(kept...)
    return InteractionTable(
      userIdentifiers: userIdentifiers.selecting(newUsers.kept),
      itemIdentifiers: itemIdentifiers.selecting(newItems.kept), users: users, items: items,
      values: values, times: times)
  }
}

extension SplitRatings {
  /// Returns the same training part with only the held-out ratings at positions for which `isKept` is true.
  package func holdingOut(_ isKept: (Int) -> Bool) -> SplitRatings {
    let kept = (0..<heldOut.count).filter(isKept)
    var isAmong = [Bool](repeating: false, count: heldOut.count)
    for position in kept { isAmong[position] = true }
    let part = heldOut.ratings.part { isAmong[$0] }
    return SplitRatings(
      training: training,
      heldOut: HeldOutRatings(
        ratings: part.table, users: kept.map { heldOut.users[$0] },
        items: kept.map { heldOut.items[$0] }))
  }
}

/// New row numbers for the rows with at least one kept rating.
private struct Renumbering {
  /// The new row of each old row, or ``HeldOutRatings/unknown``.
  var places: [UInt32]
  /// The old row of each new row.
  var kept: [UInt32] = []

  init(rows: [UInt32], of count: Int, _ isKept: (Int) -> Bool) {
    places = Array(repeating: HeldOutRatings.unknown, count: count)
    for (position, row) in rows.enumerated() where isKept(position) { places[Int(row)] = 0 }
    for row in 0..<count where places[row] == 0 {
      places[row] = UInt32(kept.count)
      kept.append(UInt32(row))
    }
  }
}

extension IdentifierColumn {
  /// Returns the ids at `positions`, in that order.
  fileprivate func selecting(_ positions: [UInt32]) -> IdentifierColumn {
    switch self {
    case .integers(let integers):
      return .integers(positions.map { integers[Int($0)] })
    case .texts(let texts):
      var selected = TextColumn()
      for position in positions {
        selected.append(utf8: texts.bytes[texts.range(at: Int(position))])
      }
      return .texts(selected)
    }
  }
}
