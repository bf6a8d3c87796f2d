import Daemon
import Foundation
import Logging
import NIOCore
import TestEnvironment

/// Users of a server under test, with cheap hashes that Python's hashlib produced.
enum TestUsers {
  static let reader =
    "reader:read:$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$qrn7ZhlST3jO5Auifbc3xCWPabXREAX1HDl5f9rqSnA"
  static let writer =
    "writer:write:$scrypt$ln=10,r=8,p=1$ZmVkY2JhOTg3NjU0MzIxMA$Du0y0mv4/KYkaPkN/KvSh49xAZYn8WWWutCSQCReMTU"
  static let chief =
    "chief:admin:$scrypt$ln=10,r=8,p=1$YWFhYWJiYmJjY2NjZGRkZA$uwmDgdE3krHQ/f/6RebQPcKKi2uXYxAyDIgj9HJ3V38"
  static let usual =
    "default:read:$scrypt$ln=10,r=8,p=1$ZGRkZGNjY2NiYmJiYWFhYQ$1OCqcJvg6VDMxjKoJdepxbyXcJ46Luu4TsMK6ULx50Y"

  /// The password of each user.
  static let passwords = [
    "reader": "open sesame", "writer": "let me write", "chief": "root of all",
    "default": "the usual one",
  ]

  static let all = [reader, writer, chief, usual]

  /// Writes `lines` to a file in `folder` that only its owner can access.
  @discardableResult
  static func write(_ lines: [String], in folder: TemporaryFolder) throws -> UsersFile {
    // Written under another name first, so that no one reads half of it, or reads it while others may.
    let draft = try folder.write(lines.map { $0 + "\n" }.joined(), to: "users.draft")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft)
    guard rename(draft, folder.path("users")) == 0 else { throw CocoaError(.fileWriteUnknown) }
    return UsersFile(path: folder.path("users"))
  }

  /// Returns an access control that refuses almost immediately.
  static func access(_ folder: TemporaryFolder, _ log: Logger) throws -> Access {
    try Access(try write(all, in: folder), failureDelay: .milliseconds(1), log: log)
  }
}

extension TestServer {
  /// Runs `body` with a server that answers only the ``TestUsers``, then stops the server.
  static func runGuarded(
    commands: [DaemonCommand] = DaemonCommand.all, limits: ServerLimits = ServerLimits(),
    threadCount: Int = 2, clock: LoopClock = .system, _ body: (TestServer) async throws -> Void
  ) async throws {
    try await run(
      asking: ServedModels(try served(Catalogue.contents())), commands: commands,
      access: TestUsers.access, limits: limits, threadCount: threadCount, clock: clock, body)
  }
}
