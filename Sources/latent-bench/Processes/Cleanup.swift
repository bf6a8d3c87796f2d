import Foundation
import Synchronization

/// Cleanup of what must not outlive the program: servers it started, folders it created, tables it filled.
enum Cleanup {
  /// Identifies an action, to run it early or to cancel it.
  struct Token: Sendable {
    fileprivate let number: Int
  }

  private struct Actions {
    var byNumber: [Int: @Sendable () -> Void] = [:]
    var nextNumber = 0
    /// Whether the cleanup has begun.
    var isOver = false
  }
  private static let actions = Mutex(Actions())

  /// Registers `action` to run when the program is interrupted or fails.
  static func register(_ action: @escaping @Sendable () -> Void) -> Token {
    actions.withLock { add(action, to: &$0) }
  }

  /// Runs `start`, and registers the action it returns to run when the program is interrupted or fails. An interruption
  /// meanwhile waits. Throws ``ChildFailure`` without starting anything if the cleanup has begun.
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

  /// Cancels the action, because there is nothing left to clean up.
  static func cancel(_ token: Token) {
    _ = actions.withLock { $0.byNumber.removeValue(forKey: token.number) }
  }

  /// Runs the action now, unless it has already run.
  static func run(_ token: Token) {
    actions.withLock { $0.byNumber.removeValue(forKey: token.number) }?()
  }

  /// Runs all remaining actions, newest first.
  static func run() {
    let left = actions.withLock { actions in
      defer { actions.byNumber = [:] }
      actions.isOver = true
      return actions.byNumber
    }
    for (_, action) in left.sorted(by: { $0.key > $1.key }) { action() }
  }

  /// Does not return once the program has been interrupted. Work in progress ends because its child programs are ended;
  /// the cleanup thread sets the exit status.
  static func waitIfInterrupted() {
    while actions.withLock({ $0.isOver }) { pause() }
  }

  /// Makes SIGINT and SIGTERM clean up and end the program from now on.
  ///
  /// It uses handlers rather than ignoring or blocking the signals: child programs would inherit that, and could then
  /// not be stopped.
  static func runWhenInterrupted() {
    // The parent may have passed on a mask that blocks the signals.
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
        _ = write(interruptions.writer, &byte, 1)  // all that is safe in a signal handler
      }
    }
  }
}

/// Carries signal numbers from the handlers to the thread that acts on them.
private let interruptions: (reader: Int32, writer: Int32) = {
  var ends: [Int32] = [-1, -1]
  precondition(pipe(&ends) == 0, "no pipe to be had")
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}()

/// A new, empty folder for the files of a measurement; removed when its owner is deallocated or the program ends.
final class ScratchFolder: Sendable {
  /// Its absolute path.
  let path: String
  private let removal: Cleanup.Token

  /// Creates the folder in `parent`, by default the system's temporary folder (`TMPDIR`).
  init(in parent: String? = nil) throws {
    let parent = parent.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory
    let folder = parent.appendingPathComponent("latent-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
    removal = Cleanup.register { try? FileManager.default.removeItem(at: folder) }
  }

  deinit { Cleanup.run(removal) }

  /// Returns the path of `name` in the folder; the file need not exist.
  func path(_ name: String) -> String { path + "/" + name }
}
