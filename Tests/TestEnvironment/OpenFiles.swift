import Foundation

/// Has the system's limit on open files reached, for a thread of this process or for another process.
package enum OpenFiles {
  /// Runs `body` on a thread that can open no file, as all descriptors are taken; those of the other
  /// threads stay as they are.
  package static func exhausted<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await onThread {
      // A table of descriptors of the thread's own: what is opened in it no other thread sees.
      try call("unshare", as: (@convention(c) (Int32) -> Int32).self) { $0(0x400) }
      var taken: [Int32] = []
      while case let descriptor = dup(STDIN_FILENO), descriptor >= 0 { taken.append(descriptor) }
      defer { for descriptor in taken { close(descriptor) } }
      return try body()
    }
  }

  /// Has the process with the given number open no further file until `body` returns: those that are
  /// open stay so.
  package static func exhausted<Result>(
    of process: Int32, _ body: () throws -> Result
  ) throws -> Result {
    // What is open for a moment only would leave its number free: what is open at every look stays so.
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

  /// Calls what Glibc's module leaves out.
  private static func call<Function>(
    _ name: String, as type: Function.Type, _ body: (Function) -> Int32
  ) throws {
    guard let function = dlsym(nil, name), body(unsafeBitCast(function, to: type)) == 0 else {
      throw SocketClient.Failure(call: name, number: errno)
    }
  }
}
