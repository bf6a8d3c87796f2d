import Foundation

/// Exhausts the system's limit on open files, for a thread of this process or for another process.
package enum OpenFiles {
  /// Runs `body` on a thread that cannot open files, because all its descriptors are taken. Other threads are
  /// unaffected.
  package static func exhausted<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await onThread {
      // Gives the thread a descriptor table of its own; other threads do not see descriptors opened in it.
      try call("unshare", as: (@convention(c) (Int32) -> Int32).self) { $0(0x400) }
      var taken: [Int32] = []
      while case let descriptor = dup(STDIN_FILENO), descriptor >= 0 { taken.append(descriptor) }
      defer { for descriptor in taken { close(descriptor) } }
      return try body()
    }
  }

  /// Prevents the process with the given identifier from opening further files until `body` returns. Files already open
  /// stay open.
  package static func exhausted<Result>(
    of process: Int32, _ body: () throws -> Result
  ) throws -> Result {
    // A file open only briefly would leave its descriptor free, so count only those open at every check.
    func descriptors() throws -> Set<rlim_t> {
      Set(
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
          .compactMap { rlim_t($0) })
    }
    var open = try descriptors()
    for _ in 0..<200 {
      sched_yield()
      open.formIntersection(try descriptors())
    }
    let free = (0...).first { !open.contains($0) } ?? 0
    var before = rlimit()
    try limit(process, nil, &before)
    var new = rlimit(rlim_cur: free, rlim_max: before.rlim_max)
    try limit(process, &new, nil)
    defer { try? limit(process, &before, nil) }
    return try body()
  }

  private static func limit(
    _ process: Int32, _ new: UnsafePointer<rlimit>?, _ old: UnsafeMutablePointer<rlimit>?
  ) throws {
    typealias Limit =
      @convention(c) (
        pid_t, UInt32, UnsafePointer<rlimit>?, UnsafeMutablePointer<rlimit>?
      ) -> Int32
    try call("prlimit", as: Limit.self) { $0(process, RLIMIT_NOFILE.rawValue, new, old) }
  }

  /// Calls a function that the Glibc module does not import.
  private static func call<Function>(
    _ name: String, as type: Function.Type, _ body: (Function) -> Int32
  ) throws {
    guard let function = dlsym(nil, name), body(unsafeBitCast(function, to: type)) == 0 else {
      throw SocketClient.Failure(call: name, number: errno)
    }
  }
}
