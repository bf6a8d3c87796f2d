import LineProtocol
import NIOCore

/// A snapshot of a client's connection: a line of CLIENT LIST.
struct ClientRecord: Sendable {
  /// The connection's number.
  let identifier: Int64
  /// The client's address: host and port, or the path of the Unix socket and 0.
  let address: String
  /// The server's address that the client connected to.
  let localAddress: String
  /// The socket's descriptor; -1 if it is closed.
  let descriptor: Int
  let name: String
  let age: TimeAmount
  let idle: TimeAmount
  let isLocal: Bool
  /// Whether its next answer is being computed elsewhere.
  let isWaiting: Bool
  let isClosing: Bool
  let isExemptFromEviction: Bool
  let channelCount: Int
  let patternCount: Int
  /// The number of requests queued for EXEC; `nil` without MULTI.
  let queuedCount: Int?
  /// The bytes of requests received and not answered.
  let inputByteCount: Int
  /// The memory beyond that, reserved for further input.
  let spareByteCount: Int
  /// The memory of a request of which a part was received, or that is being answered.
  let requestByteCount: Int
  /// The memory of requests queued for EXEC.
  let queuedByteCount: Int
  /// The bytes of answers not yet taken.
  let unsentByteCount: Int
  /// All memory that the client makes the server hold.
  let byteCount: Int
  /// The latest command, in upper case; `nil` before the first.
  let command: String?
  let user: String
  let protocolVersion: Int
  let libraryName: String
  let libraryVersion: String

  /// Redis's word for the type of client.
  var type: String { channelCount + patternCount > 0 ? "pubsub" : "normal" }

  /// The line in Redis's format, without line end, with all fields that its clients look for; what does not exist here
  /// is 0.
  var line: String {
    var flags = ""
    if channelCount + patternCount > 0 { flags += "P" }
    if queuedCount != nil { flags += "x" }
    if isWaiting { flags += "b" }
    if isClosing { flags += "c" }
    if isLocal { flags += "U" }
    if isExemptFromEviction { flags += "e" }
    let fields: [(String, String)] = [
      ("id", "\(identifier)"), ("addr", address), ("laddr", localAddress), ("fd", "\(descriptor)"),
      ("name", name), ("age", "\(max(0, age.wholeSeconds))"),
      ("idle", "\(max(0, idle.wholeSeconds))"),
      ("flags", flags.isEmpty ? "N" : flags), ("db", "0"), ("sub", "\(channelCount)"),
      ("psub", "\(patternCount)"), ("ssub", "0"), ("multi", "\(queuedCount ?? -1)"),
      ("qbuf", "\(inputByteCount)"),
      ("qbuf-free", "\(spareByteCount)"), ("argv-mem", "\(requestByteCount)"),
      ("multi-mem", "\(queuedByteCount)"), ("rbs", "0"), ("rbp", "0"), ("obl", "0"),
      ("oll", unsentByteCount > 0 ? "1" : "0"),
      ("omem", "\(unsentByteCount)"), ("tot-mem", "\(byteCount)"),
      ("events", unsentByteCount > 0 ? "rw" : "r"), ("cmd", command?.lowercased() ?? "NULL"),
      ("user", user), ("redir", "-1"), ("resp", "\(protocolVersion)"), ("lib-name", libraryName),
      ("lib-ver", libraryVersion),
    ]
    return fields.map { "\($0)=\($1)" }.joined(separator: " ")
  }
}
