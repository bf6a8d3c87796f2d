/// The steps of a sweep over both sides: a run of the users' rows in each, and then of the items'.
struct SweepSteps: Sendable {
  /// What a step is of.
  struct Step {
    /// The sweep, from 0.
    let sweep: Int
    /// Whether it is of users, not of items.
    let isOfUsers: Bool
    /// The rows.
    let run: Range<Int>
    /// Whether it is the first, and the last, of its half of the sweep.
    let isFirst: Bool
    let isLast: Bool
  }

  private let users: [Range<Int>]
  private let items: [Range<Int>]

  /// The steps of those runs of rows.
  init(users: [Range<Int>], items: [Range<Int>]) {
    self.users = users
    self.items = items
  }

  /// The steps of a sweep.
  var count: Int { users.count + items.count }

  /// The step of this number, counted from 1 over all sweeps.
  func step(_ number: Int) -> Step {
    let (sweep, place) = (number - 1).quotientAndRemainder(dividingBy: count)
    let isOfUsers = place < users.count
    let runs = isOfUsers ? users : items
    let own = isOfUsers ? place : place - users.count
    return Step(
      sweep: sweep, isOfUsers: isOfUsers, run: runs[own], isFirst: own == 0,
      isLast: own == runs.count - 1)
  }
}
