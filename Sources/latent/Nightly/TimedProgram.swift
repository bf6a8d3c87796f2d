import Errors
import Foundation

/// A program that gets a text on standard input and has a time limit. It runs in its own process group, which is killed
/// as a whole at the limit, so that the caller is never blocked.
struct TimedProgram {
  /// How a run ended.
  enum Ending: Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    case tookTooLong
    case notStarted(String)
  }

  /// The maximum size of the output that is kept, in bytes; the rest is read and discarded.
  static let outputLimit = 4096
  /// The polling interval for a program that has closed its output, in milliseconds.
  private static let lookInterval: Int32 = 20

  /// The path of the executable, and its arguments.
  let path: String
  let arguments: [String]
  /// The time limit.
  let limit: Duration

  /// Runs the program with `input`. `output` is the start of its standard output and standard error together.
  func run(input: String) -> (ending: Ending, output: String) {
    signal(SIGPIPE, SIG_IGN)
    let deadline = ContinuousClock.now + limit
    guard let toProgram = DescriptorPair(), let fromProgram = DescriptorPair() else {
      return (.notStarted("\(SystemError())"), "")
    }
    var process = pid_t()
    let error = spawn(&process, reading: toProgram.read, writing: fromProgram.write)
    toProgram.closeRead()
    fromProgram.closeWrite()
    guard error == 0 else { return (.notStarted("\(SystemError(error))"), "") }
    var output: [UInt8] = []
    exchange(Array(input.utf8), toProgram, fromProgram, &output, process, until: deadline)
    return (Self.end(of: process, by: deadline), String(decoding: output, as: UTF8.self))
  }

  private func spawn(
    _ process: inout pid_t, reading input: Int32, writing output: Int32
  ) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    var (none, usual) = (sigset_t(), sigset_t())
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
    sigemptyset(&none)
    sigemptyset(&usual)
    for number in [SIGPIPE, SIGINT, SIGTERM, SIGXFSZ] { sigaddset(&usual, number) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    return posix_spawn(&process, path, &actions, &attributes, words, environ)
  }

  /// Writes `input` and reads the output until the program has read everything and closed its output, has exited, or
  /// the time is over.
  private func exchange(
    _ input: [UInt8], _ toProgram: DescriptorPair, _ fromProgram: DescriptorPair,
    _ output: inout [UInt8], _ process: pid_t, until deadline: ContinuousClock.Instant
  ) {
    var rest = input[...]
    var isOpen = true
    if rest.isEmpty { toProgram.closeWrite() }
    while isOpen || !rest.isEmpty, ContinuousClock.now < deadline {
      var polled = [
        pollfd(fd: isOpen ? fromProgram.read : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: rest.isEmpty ? -1 : toProgram.write, events: Int16(POLLOUT), revents: 0),
      ]
      let count = poll(&polled, nfds_t(polled.count), Self.lookInterval)
      // A child of the program may keep the output open.
      if count == 0, Self.isGone(process) { return }
      guard count > 0 else { continue }
      if polled[1].revents != 0 {
        let written = rest.withUnsafeBytes { write(toProgram.write, $0.baseAddress, $0.count) }
        // A program need not read its input.
        if written > 0 { rest = rest.dropFirst(written) }
        if written < 0, errno != EAGAIN, errno != EINTR { rest = [] }
        if rest.isEmpty { toProgram.closeWrite() }
      }
      guard isOpen, polled[0].revents != 0 else { continue }
      var piece = [UInt8](repeating: 0, count: 4096)
      let read = Foundation.read(fromProgram.read, &piece, piece.count)
      isOpen = read > 0 || (read < 0 && (errno == EAGAIN || errno == EINTR))
      output += piece.prefix(max(0, min(read, Self.outputLimit - output.count)))
    }
  }

  /// Waits for the program to exit until the deadline, and then kills its process group. Children that have left the
  /// group keep running.
  private static func end(of process: pid_t, by deadline: ContinuousClock.Instant) -> Ending {
    while !isGone(process) {
      guard ContinuousClock.now < deadline else {
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return .tookTooLong
      }
      usleep(UInt32(lookInterval) * 1000)
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    // WIFEXITED and WEXITSTATUS are macros that Swift can't import.
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
  }

  /// Returns whether the process has exited; it must still be reaped.
  private static func isGone(_ process: pid_t) -> Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0
      && information.si_signo == SIGCHLD
  }
}

/// The two ends of a pipe, which are not inherited by other programs and are closed on deinitialisation.
private final class DescriptorPair {
  private(set) var read: Int32 = -1
  private(set) var write: Int32 = -1

  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    (read, write) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(write, F_SETFL, O_NONBLOCK)
  }

  deinit {
    closeRead()
    closeWrite()
  }

  func closeRead() {
    if read >= 0 { close(read) }
    read = -1
  }

  func closeWrite() {
    if write >= 0 { close(write) }
    write = -1
  }
}
