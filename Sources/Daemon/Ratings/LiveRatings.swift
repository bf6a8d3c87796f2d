import Errors
import Foundation
import LineProtocol
package import Logging
import NIOCore
package import Ratings
import Recommenders
import Synchronization

/// The current ratings of a store. Clients' ratings are written to it, and answers about a user are based on it where a
/// model has not learned all of that.
///
/// One thread writes: everything that waits becomes one transaction, so that many clients share the time that the disk
/// takes. It also looks whether others have written to the store. Reading happens on whichever thread asks.
package final class LiveRatings: Sendable {
  private let writing: any RatingsSession
  private let reading: any RatingsSession
  /// The name of the store, fit to be shown.
  let storeName: String
  let marks = UserMarks()
  private let queue: RatingQueue
  private let log: Logger
  /// Warns that the query over the user's own tables failed.
  private let queryWarning: RepeatedWarning
  private let state = Mutex(State())
  private let users = Mutex(RecentUsers())
  /// Held while reading from the store.
  private let readingTurn = Mutex(())
  private let isThreadOver = DispatchSemaphore(value: 0)
  let statistics = Statistics()
  /// The monitor of transaction times; `nil` until there is one.
  private let monitor = Mutex<LatencyMonitor?>(nil)

  /// The counts of writes.
  final class Statistics: Sendable {
    /// Ratings written, and ratings taken back.
    let changes = Counter()
    /// Transactions that changed something.
    let transactions = Counter()
  }

  private struct State {
    /// The settings of the store; `nil` until it was reached.
    var settings: StoreSettings?
    /// Why the store can't be asked; `nil` if it can.
    var problem: StoreError?
    /// Whether the last transaction was abandoned because another process was writing.
    var isHeld = false
    /// How many look-ups of users failed in the query over the user's own tables, and the error of the last.
    var failedQueryCount = 0
    var queryProblem: StoreError?
    /// When to try to write again, after that failed though the store can be read: its disk is full.
    var unwritableEnd: ContinuousClock.Instant?
  }

  /// The intervals between checks: whether others have written to the store, whether one that is away is back, and
  /// whether one that could only be read can be written to.
  private static let lookInterval = Duration.milliseconds(250)
  private static let returnInterval = Duration.seconds(1)
  private static let writableInterval = Duration.seconds(10)
  /// How long a rating may wait to be written.
  private let patience: Duration

  /// Creates the ratings of `store`, which may be away. At most `rowLimit` wait to be written, each for up to
  /// `patience`. Starts the thread.
  package convenience init(
    _ store: any RatingsStore, reading query: RatingsQuery? = nil, rowLimit: Int = 65_536,
    patience: Duration = .seconds(1), log: Logger
  ) {
    self.init(
      writing: store.session(reading: query), reading: store.session(reading: query),
      of: store.name, rowLimit: rowLimit, patience: patience, log: log)
  }

  /// Creates the same from two sessions of one store, called `name`.
  package init(
    writing: any RatingsSession, reading: any RatingsSession, of name: String,
    rowLimit: Int = 65_536, patience: Duration = .seconds(1), log: Logger
  ) {
    self.patience = patience
    (self.writing, self.reading) = (writing, reading)
    storeName = name
    queue = RatingQueue(rowLimit: rowLimit)
    self.log = log
    queryWarning = RepeatedWarning(log: log, every: .seconds(60))
    look()
    let thread = Thread { [self] in
      run()
      isThreadOver.signal()
    }
    thread.name = "ratings"
    thread.start()
    let clock = Thread { [self] in
      while let overdue = queue.interrupt() {
        for ratings in overdue { ratings.done(.failure(lateness)) }
        usleep(UInt32(Self.lookInterval / .microseconds(1)))
      }
    }
    clock.name = "ratings-clock"
    clock.start()
  }

  /// Writes what waits, and ends the thread. Blocks.
  package func stop() {
    queue.stop()
    isThreadOver.wait()
  }

  /// Reports the times of transactions to `monitor` from now on.
  func tellOfTransactions(_ monitor: LatencyMonitor) { self.monitor.withLock { $0 = monitor } }

  /// Why the store can't be asked; `nil` if it can.
  var problem: StoreError? { state.withLock { $0.problem } }

  /// The number of look-ups of users that failed in the query over the user's own tables, and the error of the last;
  /// `nil` if none has.
  var failedQueries: (count: Int, last: StoreError?) {
    state.withLock { ($0.failedQueryCount, $0.queryProblem) }
  }

  /// The number of ratings waiting to be written.
  var waitingCount: Int { queue.count }

  /// Returns the user with the id `text` in the store; `nil` if there can be none, or the store has never been reached.
  func user(_ text: String) -> UserID? {
    state.withLock { $0.settings?.userType }.flatMap { UserID(text, as: $0) }
  }
}

// MARK: - Reading

extension LiveRatings {
  /// Returns whether ``entry(of:)`` answers at once.
  func answersAtOnce(_ user: UserID) -> Bool {
    users.withLock { $0.knows(user) } || problem != nil
  }

  /// Returns what the store has about `user`; `nil` if it can't be asked. Blocks if that is not cached.
  func entry(of user: UserID) -> RecentUsers.Entry? {
    if let known = users.withLock({ $0.entry(of: user) }) { return known }
    guard problem == nil else { return nil }
    let mark = marks.mark(of: user)
    do {
      // A thread that has waited for another's turn sees its result: a store that does not reply is waited for once.
      let ratings = try readingTurn.withLock { (_) throws(StoreError) in
        problem == nil
          ? try reading.ratings(of: user, limit: RecommenderQueries.ratingLimit) : nil
      }
      guard let ratings else { return nil }
      let entry = RecentUsers.Entry(ratings)
      // Not if the store was written to meanwhile.
      users.withLock { if marks.isGood(mark) { $0.insert(entry, of: user) } }
      return entry
    } catch {
      // An error in one user's rows says nothing about the store, and keeps nobody else from it.
      guard error.code == .badQuery else {
        note(error)
        return nil
      }
      state.withLock {
        $0.failedQueryCount += 1
        $0.queryProblem = error
      }
      queryWarning(
        "\(error.place): \(error.problem). Such users are answered by the models alone")
      return nil
    }
  }
}

// MARK: - Writing

extension LiveRatings {
  /// Has `rows`, left at `time`, written, and calls `done` with the replies to them once that is durable or refused.
  func write(
    _ rows: [ReceivedRatings.Row], at time: Timestamp, _ done: @escaping ReceivedRatings.Done
  ) {
    do throws(ErrorReply) {
      // The thread may be waiting for a store that is away.
      if let problem { throw ErrorReply(problem) }
      try queue.add(
        ReceivedRatings(rows: rows, time: time, deadline: .now + patience, done: done))
    } catch {
      done(.failure(error))
    }
  }

  private func run() {
    var nextLook = ContinuousClock.now
    while let group = queue.next() {
      if !group.isEmpty { write(group) }
      guard nextLook <= .now else { continue }
      look()
      nextLook = .now + (problem == nil ? Self.lookInterval : Self.returnInterval)
    }
  }

  /// Checks whether others have written to the store, or whether it is back.
  private func look() {
    do {
      let hasChanged = try writing.hasForeignChanges()
      // Learning that nothing changed takes no word from a server: one that was away is asked for something.
      guard hasChanged || problem != nil else { return noteIsThere() }
      let settings = try writing.settings()
      state.withLock { $0.settings = settings }
      if hasChanged {
        users.withLock {
          marks.noteChangeOfAnybody()
          $0.removeAll()
        }
      }
      noteIsThere()
    } catch {
      note(error)
    }
  }

  /// Records that the store can be read: it can be asked, unless writing failed a short while ago.
  private func noteIsThere() {
    guard state.withLock({ $0.unwritableEnd.map { $0 <= .now } ?? true }) else { return }
    note(nil)
  }

  /// Records why the store can't be asked, `nil` if it can; logs each change.
  private func note(_ problem: StoreError?) {
    // A busy store is not away.
    if problem?.code == .busy { return }
    let before = state.withLock { state in
      defer { state.problem = problem }
      return state.problem
    }
    switch (before, problem) {
    case (nil, let problem?):
      log.warning(
        "\(problem.place): \(problem.problem). Answers use the models alone, and ratings are refused"
      )
    case (_?, nil): log.info("\(storeName) is available again")
    default: break
    }
  }

  /// Why ratings were not written in time.
  private var lateness: ErrorReply {
    state.withLock { $0.isHeld ? .storeIsHeld : .storeIsSlow }
  }

  private func write(_ group: [ReceivedRatings]) {
    let now = ContinuousClock.Instant.now
    let lateness = lateness
    var waiting: [ReceivedRatings] = []
    for ratings in group {
      if ratings.deadline < now {
        ratings.done(.failure(lateness))
      } else {
        waiting.append(ratings)
      }
    }
    guard !waiting.isEmpty else { return }
    let (settings, problem) = state.withLock { ($0.settings ?? StoreSettings(), $0.problem) }
    if let problem {
      let error = ErrorReply(problem)
      for ratings in waiting { ratings.done(.failure(error)) }
      return
    }
    // For each, its rows: the change that a row stands for, or why it stands for none.
    let rows = waiting.map { ratings in
      ratings.rows.map { $0.change(at: ratings.time, in: settings) }
    }
    let changes = rows.joined().compactMap { try? $0.get() }
    let began = NIODeadline.now()
    defer { monitor.withLock { $0 }?.note(.storeWrite, .now() - began) }
    do {
      var outcomes = try (changes.isEmpty ? [] : writing.carryOut(changes))[...]
      state.withLock { $0.isHeld = false }
      noteChanges(changes, outcomes)
      for (ratings, rows) in zip(waiting, rows) {
        ratings.done(
          .success(rows.map { row in row.flatMap { outcomes.removeFirst().reply(to: $0) } }))
      }
    } catch {
      state.withLock {
        $0.isHeld = error.code == .busy
        if error.code == .inputOutput { $0.unwritableEnd = .now + Self.writableInterval }
      }
      note(error)
      let reply = ErrorReply(error)
      for ratings in waiting { ratings.done(.failure(reply)) }
    }
  }

  private func noteChanges(_ changes: [RatingChange], _ outcomes: ArraySlice<RatingOutcome>) {
    let changed = Set(zip(changes, outcomes).filter { $0.1.isChange }.map { $0.0.user })
    guard !changed.isEmpty else { return }
    users.withLock { users in
      for user in changed {
        marks.noteChange(of: user)
        users.remove(user)
      }
    }
    statistics.changes.add(outcomes.count(where: \.isChange))
    statistics.transactions.add(1)
  }
}
