import Foundation
import LineProtocol
import NIOCore

extension DaemonCommand {
  /// The command SLOWLOG, with Redis's entries of six fields.
  static var slowLog: DaemonCommand {
    DaemonCommand(
      "SLOWLOG", .server, [.required("subcommand"), .rest("argument")],
      summary: "The newest slow requests.", complexity: "O(n)", since: "0.1",
      role: .admin,
      subcommands: [
        Subcommand(
          "GET", "[n]", counts: 0...1,
          summary:
            "The newest n, 10 unless given, -1 for all: number, time in seconds since 1970, microseconds, "
            + "words, address, name."),
        Subcommand("LEN", summary: "How many are kept."),
        Subcommand("RESET", summary: "Forgets them."),
      ],
      answer: .server { (server, arguments) throws(ErrorReply) in
        let log = server.service.slowLog
        switch arguments.subcommand?.name {
        case "LEN": return .integer(Int64(log.keptCount))
        case "RESET":
          log.reset()
          return .status("OK")
        default:
          let count = arguments.positional.count > 1 ? Int(try arguments.text(at: 1)) : 10
          guard let count, count >= -1 else {
            throw ErrorReply(
              .badArgument, "count should be greater than or equal to -1",
              remedy: "-1 means all.")
          }
          let entries = log.entries
          return .list(entries.prefix(count == -1 ? entries.count : count).map(\.reply))
        }
      })
  }
}

extension SlowLog.Entry {
  /// The entry in Redis's form, with only those words that may be shown.
  fileprivate var reply: Reply {
    .list([
      .integer(Int64(number)), .integer(Int64(date.timeIntervalSince1970)),
      .integer(time.wholeMicroseconds),
      .list([.text(command)] + (argument.map { [.text($0)] } ?? [])), .text(client.address),
      .text(client.name),
    ])
  }
}
