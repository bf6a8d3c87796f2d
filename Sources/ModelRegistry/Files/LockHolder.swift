import Foundation

/// Who holds a lock, as it stands in the lock's file.
struct LockHolder: Codable, CustomStringConvertible {
  let processID: Int32
  let host: String
  /// In ISO 8601, UTC.
  let since: String
  let command: String

  /// This process, as of now.
  init(command: String) {
    processID = getpid()
    host = ProcessInfo.processInfo.hostName
    since = Date.now.formatted(.iso8601)
    self.command = command
  }

  /// Who wrote the file at `path`; nil when it does not say.
  init?(reading path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let holder = try? JSONDecoder().decode(LockHolder.self, from: data)
    else { return nil }
    self = holder
  }

  /// The text for the lock's file.
  func encoded() -> String {
    let data = try? RecordCoding.encoder().encode(self)
    return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
  }

  var description: String { "`\(command)`, process \(processID) on \(host), since \(since)" }
}
