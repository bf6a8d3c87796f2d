import Ratings

/// The columns of ``RatingRows`` while their memory is held. `times` and `sequence` may be empty.
struct RatingColumns {
  let users: UnsafeMutableBufferPointer<UInt32>
  let items: UnsafeMutableBufferPointer<UInt32>
  let values: UnsafeMutableBufferPointer<Float>
  let times: UnsafeMutableBufferPointer<Int64>
  let sequence: UnsafeMutableBufferPointer<UInt32>

  /// What a row holds besides its user. Its order of arrival among a user's rows of the item
  /// decides which of two is the later.
  struct Row {
    var arrival: UInt64
    var value: Float
    var time: Int64
  }

  var count: Int { users.count }

  /// The item, and within it the order in which the rows came.
  func arrival(_ position: Int) -> UInt64 {
    let order = sequence.isEmpty ? UInt32(truncatingIfNeeded: position) : sequence[position]
    return UInt64(items[position]) << 32 | UInt64(order)
  }

  func row(_ position: Int) -> Row {
    Row(
      arrival: arrival(position), value: values[position],
      time: times.isEmpty ? Timestamp.missing : times[position])
  }

  /// Writes `row` without its order, which is not needed once a user's rows are sorted.
  func place(_ row: Row, at position: Int) {
    items[position] = UInt32(truncatingIfNeeded: row.arrival >> 32)
    values[position] = row.value
    if !times.isEmpty { times[position] = row.time }
  }

  func copy(_ source: Int, to target: Int) {
    users[target] = users[source]
    items[target] = items[source]
    values[target] = values[source]
    if !times.isEmpty { times[target] = times[source] }
  }

  func swap(_ a: Int, _ b: Int) {
    users.swapAt(a, b)
    items.swapAt(a, b)
    values.swapAt(a, b)
    if !times.isEmpty { times.swapAt(a, b) }
    if !sequence.isEmpty { sequence.swapAt(a, b) }
  }

  /// Whether both rows have a time and the row at `a` the later one.
  func isNewer(_ a: Int, than b: Int) -> Bool {
    guard !times.isEmpty, times[a] != Timestamp.missing, times[b] != Timestamp.missing else {
      return false
    }
    return times[a] > times[b]
  }
}
