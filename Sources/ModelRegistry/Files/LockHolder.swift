import Foundation

/// The holder of a lock, as recorded in the lock file.
struct LockHolder: Codable, CustomStringConvertible {
  let processID: Int32
  let host: String
  /// The time it was taken, in ISO 8601, UTC.
  let since: String
  let command: String

  /// Creates a record of this process and the current time.
  init(command: String) {
    processID = getpid()
    host = ProcessInfo.processInfo.hostName
    since = Date.now.formatted(.iso8601)
    self.command = command
  }

  /// Reads the holder from the lock file at `path`. Nil if it contains none.
  init?(reading path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let holder = try? JSONDecoder().decode(LockHolder.self, from: data)
    else { return nil }
    self = holder
  }

  /// Returns the contents of the lock file.
  func encoded() -> String {
    let data = try? RecordCoding.encoder().encode(self)
    return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
  }

  var description: String { "`\(command)`, process \(processID) on \(host), since \(since)" }
}
