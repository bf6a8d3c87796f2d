import Ratings

/// The columns of an ``InteractionTable`` as they are filled with rows in the order of (user, item,
/// arrival). Of several rows of one pair one stays: the newer where both have a time, else the later.
struct TableColumns {
  let users: UnsafeMutablePointer<UInt32>
  let items: UnsafeMutablePointer<UInt32>
  let values: UnsafeMutablePointer<Float>
  /// nil when times are not kept; they decide all the same.
  let times: UnsafeMutablePointer<Int64>?
  /// The number of rows so far.
  private(set) var count = 0
  private var lastTime = Timestamp.missing

  init(
    users: UnsafeMutablePointer<UInt32>, items: UnsafeMutablePointer<UInt32>,
    values: UnsafeMutablePointer<Float>, times: UnsafeMutablePointer<Int64>?
  ) {
    self.users = users
    self.items = items
    self.values = values
    self.times = times
  }

  /// Adds a row behind the others, or settles which of it and the last one stays.
  mutating func append(_ row: some HeldRow) {
    let last = count - 1
    if last < 0 || users[last] != row.user || items[last] != row.item {
      count += 1
    } else if lastTime != Timestamp.missing, row.time != Timestamp.missing, lastTime > row.time {
      return
    }
    users[count - 1] = row.user
    items[count - 1] = row.item
    values[count - 1] = row.value
    times?[count - 1] = row.time
    lastTime = row.time
  }
}
