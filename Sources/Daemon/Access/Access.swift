import Errors
package import LineProtocol
package import Logging
import ModelRegistry
package import NIOCore
import Synchronization

/// The authentication of a server with users. Checks passwords on a thread of its own, one at a time, against the
/// current state of the users file.
package final class Access: Sendable {
  /// The outcome of a password check.
  package enum Verdict: Sendable, Equatable {
    /// The password is right, by the users of state `generation`.
    case admitted(Login, generation: Int)
    /// There is no such user, or the password is wrong.
    case wrong
    /// Too many passwords from the address were wrong: none is checked for `seconds` seconds.
    case limited(seconds: Int)
    /// As many passwords are waiting as may.
    case busy
  }

  /// The generation of the users a server starts with.
  static let firstGeneration = 1

  /// The maximum number of passwords waiting to be checked.
  private static let queueLimit = 1024

  private struct State {
    var users: UserTable
    var logins: LoginTable
    var lastRevision: Int
    /// The latest right credentials of each user, so that programs that connect often need not wait.
    var right: [String: CredentialDigest] = [:]
  }
  private let state: Mutex<State>
  private let file: UsersFile
  private let followed: FollowedFiles
  private let threads = AnswerThreads("passwords", count: 1, queueLimit: queueLimit)
  private let turns: PasswordTurns
  private let failures: FailedLogins
  private let failureDelay: TimeAmount
  private let key = CredentialDigest.Key()
  /// Warns that a password was wrong.
  private let warning: RepeatedWarning
  /// Warns that none is checked, as too many were wrong.
  private let limitWarning: RepeatedWarning
  private let wrongCount = Atomic(0)
  private let limitedCount = Atomic(0)

  /// Reads the users from `file`; throws if it can't be read or is malformed. Refusals are reported after
  /// `failureDelay`.
  package init(
    _ file: UsersFile, failureDelay: TimeAmount = .milliseconds(500), clock: LoopClock = .system,
    log: Logger
  ) throws(AccessError) {
    followed = FollowedFiles([file.path])
    turns = PasswordTurns(on: threads)
    self.file = file
    self.failureDelay = failureDelay
    failures = FailedLogins(clock: clock)
    warning = RepeatedWarning(log: log, clock: clock)
    limitWarning = RepeatedWarning(log: log, clock: clock)
    let users = try file.read()
    let (logins, last) = Self.logins(
      users, generation: Self.firstGeneration, lastRevision: 0, before: nil)
    state = Mutex(State(users: users, logins: logins, lastRevision: last))
  }

  /// The users that may be logged in now.
  var logins: LoginTable { state.withLock { $0.logins } }

  /// Why the file's current content is not in force; `nil` if it is.
  package var problem: AccessError? { followed.problem }

  /// The number of wrong passwords since the start.
  var failedLoginCount: Int { wrongCount.load(ordering: .relaxed) }

  /// The number of logins since the start that were refused unchecked, after too many wrong passwords from their
  /// address.
  var limitedLoginCount: Int { limitedCount.load(ordering: .relaxed) }

  /// The fields for INFO.
  var information: [ReplyField] {
    [
      ReplyField("users", .integer(Int64(logins.count))),
      ReplyField("last_users_error", problem.map { .text($0.problem) } ?? .null),
      ReplyField("failed_logins", .integer(Int64(failedLoginCount))),
      ReplyField("limited_logins", .integer(Int64(limitedLoginCount))),
    ]
  }

  /// Stops the thread; waiting passwords are not checked any more.
  func stop() { threads.stop() }
}

// MARK: - Passwords

extension Access {
  /// Checks `credentials` from `address`, and calls `done` once on `eventLoop`, after a delay if they are refused. May
  /// be called on any thread. Once `isWanted` returns false, which it must before the event loop ends, `done` may never
  /// be called.
  package func check(
    _ credentials: Credentials, from address: ClientAddress, on eventLoop: any EventLoop,
    isWanted: @escaping @Sendable () -> Bool = { true },
    _ done: @escaping @Sendable (Verdict) -> Void
  ) {
    @Sendable func end(_ verdict: Verdict) {
      guard isWanted() else { return }
      if case .admitted = verdict { return eventLoop.execute { done(verdict) } }
      eventLoop.scheduleTask(in: failureDelay) { done(verdict) }
    }
    guard credentials.user.utf8.count <= Credentials.byteLimit,
      credentials.password.count <= Credentials.byteLimit
    else { return end(refuse(credentials, address)) }
    let digest = key.digest(of: credentials)
    switch failures.begin(digest, from: address) {
    case .isWrong: return end(refuse(credentials, address))
    case .hasToWait(let time):
      limitedCount.wrappingAdd(1, ordering: .relaxed)
      limitWarning("too many wrong passwords from \(address): no more are checked for a while")
      return end(.limited(seconds: Int(time.wholeSeconds) + 1))
    case .mayTry: break
    }
    if let known = known(credentials, digest) {
      failures.settle(digest, from: address, isRight: true)
      return end(known)
    }
    let isQueued = turns.add(
      { [self] in
        guard isWanted() else {
          return failures.settle(digest, from: address, isRight: nil)
        }
        end(look(at: credentials, digest, from: address))
      }, from: address)
    if !isQueued {
      failures.settle(digest, from: address, isRight: nil)
      end(.busy)
    }
  }

  /// Returns whether there is a user called `name`.
  func knows(_ name: String) -> Bool { state.withLock { $0.users[name] } != nil }

  /// Returns the verdict if `credentials` are the user's latest right ones, else `nil`.
  private func known(_ credentials: Credentials, _ digest: CredentialDigest) -> Verdict? {
    state.withLock { state in
      guard let right = state.right[credentials.user], right.matches(digest),
        let login = state.logins[credentials.user]
      else { return nil }
      return .admitted(login, generation: state.logins.generation)
    }
  }

  /// Checks `credentials`, which takes as long for an unknown user. Blocks.
  private func look(
    at credentials: Credentials, _ digest: CredentialDigest, from address: ClientAddress
  ) -> Verdict {
    if let known = known(credentials, digest) {
      failures.settle(digest, from: address, isRight: true)
      return known
    }
    if failures.isWrong(digest, from: address) {
      failures.settle(digest, from: address, isRight: false)
      return refuse(credentials, address)
    }
    let user = state.withLock { $0.users[credentials.user] }
    let isRight = (user?.hash ?? .ofNobody).matches(credentials.password)
    failures.settle(digest, from: address, isRight: isRight)
    guard isRight, let user else { return refuse(credentials, address) }
    return state.withLock { state in
      // The users may have been changed meanwhile.
      guard state.users[user.name] == user, let login = state.logins[user.name] else { return nil }
      state.right[user.name] = digest
      return .admitted(login, generation: state.logins.generation)
    } ?? refuse(credentials, address)
  }

  /// Counts and logs a wrong password. The name of an unknown user is not logged, as it may be a password in the wrong
  /// place.
  private func refuse(_ credentials: Credentials, _ address: ClientAddress) -> Verdict {
    wrongCount.wrappingAdd(1, ordering: .relaxed)
    let isUser = state.withLock { $0.users[credentials.user] } != nil
    warning(
      "a wrong password from \(address), for \(isUser ? "the user \(credentials.user)" : "an unknown user")"
    )
    return .wrong
  }
}

// MARK: - Changes

extension Access {
  /// Reads the file again if it has changed; returns whether it had. Blocks.
  func look() throws(AccessError) -> Bool { try followed.look(read) }

  /// Reads the file again. If it is invalid, the users stay as they are. Whoever polls ``logins`` tells the event loops
  /// of new ones. Blocks.
  package func reload() throws(AccessError) { try followed.reload(read) }

  private func read() throws(AccessError) {
    let users = try file.read()
    let hasChanged = state.withLock { state in
      guard state.users != users else { return false }
      let (logins, last) = Self.logins(
        users, generation: state.logins.generation + 1, lastRevision: state.lastRevision,
        before: state)
      state.right = state.right.filter { logins[$0.key] == state.logins[$0.key] }
      (state.users, state.logins, state.lastRevision) = (users, logins, last)
      return true
    }
    if hasChanged { failures.forgetWrong() }
  }

  /// Returns the logins of `users`; those of unchanged users are the ones from `before`.
  private static func logins(
    _ users: UserTable, generation: Int, lastRevision: Int, before: State?
  ) -> (LoginTable, lastRevision: Int) {
    var (logins, revision) = ([String: Login](), lastRevision)
    for user in users.all {
      if let login = before?.logins[user.name], before?.users[user.name] == user {
        logins[user.name] = login
      } else {
        revision += 1
        logins[user.name] = Login(user: user.name, role: user.role, revision: revision)
      }
    }
    return (LoginTable(generation: generation, logins: logins), revision)
  }
}
