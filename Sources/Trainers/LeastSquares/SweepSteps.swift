/// The steps of a sweep over both sides. Each processes a run of rows, first of the users, then of the items.
struct SweepSteps: Sendable {
  /// One step of a sweep.
  struct Step {
    /// The sweep number, from 0.
    let sweep: Int
    /// Whether the step processes users rather than items.
    let isOfUsers: Bool
    /// The rows to process.
    let run: Range<Int>
    /// Whether the step is the first, and the last, of its half of the sweep.
    let isFirst: Bool
    let isLast: Bool
  }

  private let users: [Range<Int>]
  private let items: [Range<Int>]

  /// Creates the steps for the given runs of rows.
  init(users: [Range<Int>], items: [Range<Int>]) {
    self.users = users
    self.items = items
  }

  /// The number of steps per sweep.
  var count: Int { users.count + items.count }

  /// Returns the step with the given number, counted from 1 over all sweeps.
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
