import Ratings

extension SplitRatings {
  /// All ratings as the training part, with nothing held out: the table as it was before the split.
  /// O(count), and 12 bytes a rating beside this.
  package func joined() -> SplitRatings {
    let rest = heldOut.ratings
    let users = Union(training.userIdentifiers, rest.userIdentifiers)
    let items = Union(training.itemIdentifiers, rest.itemIdentifiers)
    let count = training.count + rest.count
    var (rowUsers, rowItems, rowValues) = ([UInt32](), [UInt32](), [Float]())
    rowUsers.reserveCapacity(count)
    rowItems.reserveCapacity(count)
    rowValues.reserveCapacity(count)
    var times: [Int64]? = training.times == nil ? nil : []
    times?.reserveCapacity(count)
    func append(_ table: InteractionTable, _ position: Int, user: Int, item: UInt32) {
      rowUsers.append(UInt32(user))
      rowItems.append(item)
      rowValues.append(table.values[position])
      if let time = table.times?[position] { times?.append(time) }
    }
    var (left, right) = (0, 0)
    for user in 0..<users.identifiers.count {
      while true {
        // The row of the item that comes next in either table, unless that is another user's.
        let nextLeft =
          left < training.count && users.first[Int(training.users[left])] == user
          ? items.first[Int(training.items[left])] : UInt32.max
        let nextRight =
          right < rest.count && users.second[Int(rest.users[right])] == user
          ? items.second[Int(rest.items[right])] : UInt32.max
        guard nextLeft != .max || nextRight != .max else { break }
        if nextLeft < nextRight {
          append(training, left, user: user, item: nextLeft)
          left += 1
        } else {
          append(rest, right, user: user, item: nextRight)
          right += 1
        }
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
  /// Where each rating of `part` stands in this table, which has all of them. O(count).
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

/// The ids of two ascending columns, ascending, each once.
private struct Union {
  var identifiers: IdentifierColumn
  /// Where the ids of each column stand among all.
  var first: [UInt32] = []
  var second: [UInt32] = []

  init(_ left: IdentifierColumn, _ right: IdentifierColumn) {
    // An empty column may be of any type.
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
