import Ratings

/// Ratings while a table is built: columns that are renumbered, sorted and freed of duplicates in
/// place.
struct RatingRows: ~Copyable {
  var users = GrowingColumn<UInt32>()
  var items = GrowingColumn<UInt32>()
  private var values = GrowingColumn<Float>()
  /// Empty until a rating has a time.
  private var times = GrowingColumn<Int64>()
  /// The order in which the rows came, once they have been moved; empty before.
  private var sequence = GrowingColumn<UInt32>()

  var count: Int { values.count }

  /// Adds values and times of rows whose users and items have been added.
  mutating func append(values added: [Float], times addedTimes: [Int64]) {
    precondition(added.count == addedTimes.count)
    let before = count
    values.append(count: added.count) { _ = $0.initialize(fromContentsOf: added) }
    guard times.count > 0 || addedTimes.contains(where: { $0 != Timestamp.missing }) else { return }
    if times.count < before {
      times.append(count: before) { $0.initialize(repeating: Timestamp.missing) }
    }
    times.append(count: addedTimes.count) { _ = $0.initialize(fromContentsOf: addedTimes) }
  }

  /// Replaces each row number by its place.
  mutating func renumber(users userPlaces: [UInt32], items itemPlaces: [UInt32]) {
    users.withMutableValues { rows in
      for position in rows.indices { rows[position] = userPlaces[Int(rows[position])] }
    }
    items.withMutableValues { rows in
      for position in rows.indices { rows[position] = itemPlaces[Int(rows[position])] }
    }
  }

  /// Sorts by user, item and order of arrival. Rows are brought to their users by following the
  /// cycles of a counting sort ("American flag sort": McIlroy, Bostic, McIlroy, "Engineering radix
  /// sort", 1993), so that no second copy is needed; then each user's rows are sorted by item.
  mutating func sort(userCount: Int) {
    let grouped = users.withMutableValues { users in
      users.indices.dropFirst().allSatisfy { users[$0 - 1] <= users[$0] }
    }
    if !grouped {
      sequence = GrowingColumn(count: count) { UInt32($0) }
      groupByUser(userCount: userCount)
    }
    sortWithinUsers()
  }

  /// Keeps one row of each (user, item). The rows must be sorted.
  mutating func removeDuplicates() {
    let kept = withColumns { rows in
      guard rows.count > 0 else { return 0 }
      var last = 0
      for position in 1..<rows.count {
        let same =
          rows.users[position] == rows.users[last]
          && rows.items[position] == rows.items[last]
        if !same {
          last += 1
          rows.copy(position, to: last)
        } else if !rows.isNewer(last, than: position) {
          rows.copy(position, to: last)
        }
      }
      return last + 1
    }
    users.truncate(to: kept)
    items.truncate(to: kept)
    values.truncate(to: kept)
    if times.count > 0 { times.truncate(to: kept) }
  }

  /// The rows as a table, each column's memory given back once it is copied.
  consuming func table(
    userIdentifiers: IdentifierColumn, itemIdentifiers: IdentifierColumn, keepingTimes: Bool
  ) -> InteractionTable {
    sequence = GrowingColumn()
    if !keepingTimes { times = GrowingColumn() }
    let count = count
    let finalTimes: [Int64]? =
      !keepingTimes
      ? nil
      : times.count == count
        ? times.array() : Array(repeating: Timestamp.missing, count: count)
    return InteractionTable(
      userIdentifiers: userIdentifiers, itemIdentifiers: itemIdentifiers, users: users.array(),
      items: items.array(), values: values.array(), times: finalTimes)
  }

  private func groupByUser(userCount: Int) {
    withColumns { rows in
      var ends = [Int](repeating: 0, count: userCount)
      for user in rows.users { ends[Int(user)] += 1 }
      var next = [Int](repeating: 0, count: userCount)
      var total = 0
      for user in 0..<userCount {
        next[user] = total
        total += ends[user]
        ends[user] = total
      }
      for user in 0..<userCount {
        while next[user] < ends[user] {
          let home = next[user]
          // Swap the row that lies here to its own user until this user's own comes back.
          while Int(rows.users[home]) != user {
            let owner = Int(rows.users[home])
            rows.swap(home, next[owner])
            next[owner] += 1
          }
          next[user] += 1
        }
      }
    }
  }

  private func sortWithinUsers() {
    withColumns { rows in
      var sorted: [RatingColumns.Row] = []
      var start = 0
      while start < rows.count {
        var end = start + 1
        var ascending = true
        while end < rows.count, rows.users[end] == rows.users[start] {
          // Equal items keep the order of arrival only if the rows have not been moved.
          ascending =
            ascending && rows.arrival(end - 1) < rows.arrival(end)
          end += 1
        }
        if !ascending {
          sorted.removeAll(keepingCapacity: true)
          for position in start..<end { sorted.append(rows.row(position)) }
          sorted.sort { $0.arrival < $1.arrival }
          for (offset, row) in sorted.enumerated() { rows.place(row, at: start + offset) }
        }
        start = end
      }
    }
  }

  private func withColumns<Result>(_ body: (RatingColumns) -> Result) -> Result {
    users.withMutableValues { users in
      items.withMutableValues { items in
        values.withMutableValues { values in
          times.withMutableValues { times in
            sequence.withMutableValues { sequence in
              body(
                RatingColumns(
                  users: users, items: items, values: values, times: times, sequence: sequence))
            }
          }
        }
      }
    }
  }
}
