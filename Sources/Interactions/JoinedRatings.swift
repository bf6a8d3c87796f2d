import Ratings

extension SplitRatings {
  /// Returns all ratings as the training part, with nothing held out: the table before the split. O(count).
  ///
  /// Reuses the memory of the training part if it is uniquely referenced; after a split it has room for all ratings.
  /// Otherwise allocates 12 bytes per rating.
  package consuming func joined() -> SplitRatings {
    let rest = heldOut.ratings
    let table = takeTraining()
    let users = Union(table.userIdentifiers, rest.userIdentifiers)
    let items = Union(table.itemIdentifiers, rest.itemIdentifiers)
    var (rowUsers, rowItems, rowValues, times) = table.takeColumns()
    var left = rowValues.count - 1
    var right = rest.count - 1
    rowUsers.append(contentsOf: repeatElement(0, count: rest.count))
    rowItems.append(contentsOf: repeatElement(0, count: rest.count))
    rowValues.append(contentsOf: repeatElement(0, count: rest.count))
    times?.append(contentsOf: repeatElement(0, count: rest.count))
    // Merge from the end, so that each row moves to a place that is free or its own.
    for place in rowValues.indices.reversed() {
      let next = (
        left < 0 ? -1 : Int(users.first[Int(rowUsers[left])]),
        left < 0 ? 0 : items.first[Int(rowItems[left])]
      )
      let other = (
        right < 0 ? -1 : Int(users.second[Int(rest.users[right])]),
        right < 0 ? 0 : items.second[Int(rest.items[right])]
      )
      if next > other {
        (rowUsers[place], rowItems[place]) = (UInt32(next.0), next.1)
        rowValues[place] = rowValues[left]
        if let time = times?[left] { times?[place] = time }
        left -= 1
      } else {
        (rowUsers[place], rowItems[place]) = (UInt32(other.0), other.1)
        rowValues[place] = rest.values[right]
        if let time = rest.times?[right] { times?[place] = time }
        right -= 1
      }
    }
    return SplitRatings(
      training: InteractionTable(
        userIdentifiers: users.identifiers, itemIdentifiers: items.identifiers, users: rowUsers,
        items: rowItems, values: rowValues, times: times),
      heldOut: HeldOutRatings(ratings: InteractionTableBuilder().finish(), users: [], items: []))
  }
}

extension InteractionTable {
  /// Returns the position in this table of each rating of `part`, a subset of this table. O(count).
  package func positions(of part: InteractionTable) -> [Int] {
    let users = Union(userIdentifiers, part.userIdentifiers).second
    let items = Union(itemIdentifiers, part.itemIdentifiers).second
    precondition(users.last.map { Int($0) < userCount } ?? true, "all of its users are here")
    var position = 0
    return (0..<part.count).map { other in
      let (user, item) = (users[Int(part.users[other])], items[Int(part.items[other])])
      while self.users[position] != user || self.items[position] != item { position += 1 }
      return position
    }
  }
}

/// The sorted union of the ids of two ascending columns.
private struct Union {
  var identifiers: IdentifierColumn
  /// The positions in the union of the ids of each column.
  var first: [UInt32] = []
  var second: [UInt32] = []

  init(_ left: IdentifierColumn, _ right: IdentifierColumn) {
    // An empty column may have either type.
    identifiers = IdentifierColumn(type: (left.count > 0 ? left : right).type)
    while true {
      let next = first.count < left.count ? left.identifier(at: first.count) as UserID? : nil
      let other = second.count < right.count ? right.identifier(at: second.count) as UserID? : nil
      let least: UserID
      switch (next, other) {
      case (let next?, let other?): least = min(next, other)
      case (let next?, nil): least = next
      case (nil, let other?): least = other
      case (nil, nil): return
      }
      let row = UInt32(identifiers.count)
      identifiers.append(least)
      if next == least { first.append(row) }
      if other == least { second.append(row) }
    }
  }
}
