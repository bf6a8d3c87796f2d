import LineProtocol
import NIOCore

/// What there is to tell of a client's connection at a moment: a line of CLIENT LIST.
struct ClientRecord: Sendable {
  /// The connection's number.
  let identifier: Int64
  /// Where the client is: host and port, or the path of the Unix socket and 0.
  let address: String
  /// Where it has reached the server.
  let localAddress: String
  /// The number of the socket; -1 where it has none any more.
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
  /// How many requests wait for EXEC; nil unless MULTI was said.
  let queuedCount: Int?
  /// What of requests has come and is not answered.
  let inputByteCount: Int
  /// Memory beyond that, taken for what comes.
  let spareByteCount: Int
  /// What a request takes of which a part has come, or that is being answered.
  let requestByteCount: Int
  /// What requests take that wait for EXEC.
  let queuedByteCount: Int
  /// What of answers has not been taken.
  let unsentByteCount: Int
  /// What it makes the server hold in all.
  let byteCount: Int
  /// The command that it has asked for last, in upper case; nil before the first.
  let command: String?
  let user: String
  let protocolVersion: Int
  let libraryName: String
  let libraryVersion: String

  /// Redis's word for the kind of client.
  var type: String { channelCount + patternCount > 0 ? "pubsub" : "normal" }

  /// The line in Redis's form, without its end, with all fields that its clients look for: what does not exist here is 0.
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
