import Foundation
import Synchronization

/// What must not outlive the program: servers it started, folders it made, tables it filled.
enum Cleanup {
  /// Names one action, to run it early or to take it back.
  struct Token: Sendable {
    fileprivate let number: Int
  }

  private struct Actions {
    var byNumber: [Int: @Sendable () -> Void] = [:]
    var nextNumber = 0
    /// Whether the cleaning up has begun.
    var isOver = false
  }
  private static let actions = Mutex(Actions())

  /// Has `action` run when the program is interrupted or fails.
  static func register(_ action: @escaping @Sendable () -> Void) -> Token {
    actions.withLock { add(action, to: &$0) }
  }

  /// Starts what has to be ended, and has the action that `start` returns run when the program is
  /// interrupted or fails: an interruption in between waits. Throws ``ChildFailure``, with nothing
  /// started, when the cleaning up has begun.
  static func register(
    starting start: () throws -> @Sendable () -> Void
  ) throws -> Token {
    try actions.withLock { actions in
      guard !actions.isOver else { throw ChildFailure(description: "interrupted") }
      return add(try start(), to: &actions)
    }
  }

  private static func add(
    _ action: @escaping @Sendable () -> Void, to actions: inout Actions
  ) -> Token {
    actions.nextNumber += 1
    actions.byNumber[actions.nextNumber] = action
    return Token(number: actions.nextNumber)
  }

  /// Takes the action back: there is nothing to clean up any more.
  static func cancel(_ token: Token) {
    _ = actions.withLock { $0.byNumber.removeValue(forKey: token.number) }
  }

  /// Runs the action now, unless it has run.
  static func run(_ token: Token) {
    actions.withLock { $0.byNumber.removeValue(forKey: token.number) }?()
  }

  /// Runs all that is left, the newest first.
  static func run() {
    let left = actions.withLock { actions in
      defer { actions.byNumber = [:] }
      actions.isOver = true
      return actions.byNumber
    }
    for (_, action) in left.sorted(by: { $0.key > $1.key }) { action() }
  }

  /// Does not return once the program has been interrupted: what was going on ends because its
  /// programs are ended, and the thread that cleans up says how the program ends.
  static func waitIfInterrupted() {
    while actions.withLock({ $0.isOver }) { pause() }
  }

  /// From now on SIGINT and SIGTERM clean up and end the program.
  ///
  /// By handlers, not by ignoring or blocking the signals: that would be handed down to the programs
  /// started from here, which could not be stopped then.
  static func runWhenInterrupted() {
    // A parent may have handed down a mask that blocks them.
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for number in [SIGINT, SIGTERM] { sigaddset(&unblocked, number) }
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    let reader = interruptions.reader
    Thread.detachNewThread {
      var number: UInt8 = 0
      guard read(reader, &number, 1) == 1 else { return }
      run()
      exit(128 + Int32(number))
    }
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(interruptions.writer, &byte, 1)  // all that a handler may safely do
      }
    }
  }
}

/// Carries the number of a signal from its handler to the thread that acts on it.
private let interruptions: (reader: Int32, writer: Int32) = {
  var ends: [Int32] = [-1, -1]
  precondition(pipe(&ends) == 0, "no pipe to be had")
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}()

/// A new, empty folder for what a measurement writes; removed when its owner goes or the program
/// ends.
final class ScratchFolder: Sendable {
  /// Its absolute path.
  let path: String
  private let removal: Cleanup.Token

  /// Makes the folder beneath `parent`, or else beneath the system's folder for temporary files
  /// (`TMPDIR`).
  init(in parent: String? = nil) throws {
    let parent = parent.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory
    let folder = parent.appendingPathComponent("latent-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
    removal = Cleanup.register { try? FileManager.default.removeItem(at: folder) }
  }

  deinit { Cleanup.run(removal) }

  /// The path of `name` in the folder, which need not exist.
  func path(_ name: String) -> String { path + "/" + name }
}
