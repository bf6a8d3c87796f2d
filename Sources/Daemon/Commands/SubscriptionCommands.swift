import Errors
import LineProtocol

/// Commands that notify clients of models that come into service: each model name is a channel.
extension DaemonCommand {
  static var subscribe: DaemonCommand {
    let channels = Argument.rest("model")
    return DaemonCommand(
      "SUBSCRIBE", .pubsub, [.required("model"), channels],
      summary: "Notifies the connection when a version of a model is put in service.",
      complexity: "O(models)", since: "0.1", inTransaction: .refused,
      isAllowedWhileSubscribed: true,
      answer: .connection { (session, server, arguments) throws(ErrorReply) in
        let names = try arguments.names()
        for name in names where server.models.place(of: name) == nil {
          throw server.models.notServed(name)
        }
        return try session.changeSubscriptions("subscribe", names) { $0.add(channel: $1) }
      })
  }

  static var unsubscribe: DaemonCommand {
    DaemonCommand(
      "UNSUBSCRIBE", .pubsub, [.rest("model")],
      summary: "Ends these subscriptions, or all of them.", complexity: "O(models)",
      since: "0.1", inTransaction: .refused, isAllowedWhileSubscribed: true,
      answer: .connection { (session, _, arguments) throws(ErrorReply) in
        let names = try arguments.names()
        return try session.changeSubscriptions(
          "unsubscribe", names.isEmpty ? session.subscriptions.channels : names
        ) { $0.remove(channel: $1) }
      })
  }

  static var subscribeByPattern: DaemonCommand {
    DaemonCommand(
      "PSUBSCRIBE", .pubsub, [.required("pattern"), .rest("pattern")],
      summary: "Does what SUBSCRIBE does for all models whose names match a pattern: news-*.",
      complexity: "O(patterns)", since: "0.1", inTransaction: .refused,
      isAllowedWhileSubscribed: true,
      answer: .connection { (session, _, arguments) throws(ErrorReply) in
        return try session.changeSubscriptions("psubscribe", try arguments.names()) {
          $0.add(pattern: GlobPattern($1))
        }
      })
  }

  static var unsubscribeByPattern: DaemonCommand {
    DaemonCommand(
      "PUNSUBSCRIBE", .pubsub, [.rest("pattern")],
      summary: "Ends the subscriptions to these patterns, or to all.", complexity: "O(patterns)",
      since: "0.1",
      inTransaction: .refused, isAllowedWhileSubscribed: true,
      answer: .connection { (session, _, arguments) throws(ErrorReply) in
        let names = try arguments.names()
        return try session.changeSubscriptions(
          "punsubscribe", names.isEmpty ? session.subscriptions.patterns.map(\.text) : names
        ) { $0.remove(pattern: GlobPattern($1)) }
      })
  }

  static var pubSub: DaemonCommand {
    DaemonCommand(
      "PUBSUB", .pubsub, [.required("subcommand"), .rest("argument")],
      summary: "Lists and counts subscriptions.", complexity: "O(models)", since: "0.1",
      subcommands: [
        Subcommand(
          "CHANNELS", "[pattern]", counts: 0...1, summary: "The models that have subscribers."),
        Subcommand(
          "NUMSUB", "[model ...]", counts: 0...64,
          summary: "The number of subscribers of each, excluding patterns."),
        Subcommand("NUMPAT", summary: "How many patterns there are."),
      ],
      answer: .server { (server, arguments) throws(ErrorReply) in
        let counts = server.service.subscribers
        switch arguments.subcommand?.name {
        case "NUMPAT": return .integer(Int64(counts.patternCount))
        case "NUMSUB":
          return .list(
            try arguments.names(from: 1).flatMap { name -> [Reply] in
              [.text(name), .integer(Int64(counts.count(of: name)))]
            })
        default:
          let pattern = GlobPattern(try arguments.names(from: 1).first ?? "*")
          return .list(counts.channels.filter { pattern.matches($0) }.map { .text($0) })
        }
      })
  }
}

extension CommandArguments {
  /// Returns the names of channels, or the patterns, from `place` on.
  fileprivate func names(from place: Int = 0) throws(ErrorReply) -> [String] {
    var names: [String] = []
    for place in place..<positional.count {
      guard positional[place].count <= Subscriptions.nameByteLimit else {
        throw ErrorReply(
          .badArgument, "a name is longer than \(Subscriptions.nameByteLimit) bytes",
          remedy: "Names of models are shorter.")
      }
      names.append(try text(at: place))
    }
    return names
  }
}

extension Session {
  /// Changes the subscriptions name by name, and returns Redis's replies: `word`, the name, and the number of
  /// subscriptions after it. Throws and changes nothing if there would be too many.
  fileprivate mutating func changeSubscriptions(
    _ word: String, _ names: [String], _ change: (inout Subscriptions, String) -> Void
  ) throws(ErrorReply) -> DaemonCommand.DeferredReply {
    var changed = subscriptions
    var replies: [Reply] = []
    for name in names {
      change(&changed, name)
      replies.append(.push([.text(word), .text(name), .integer(Int64(changed.count))]))
      guard changed.areWithinLimit else {
        throw ErrorReply(
          .badArgument, "a connection has at most \(Subscriptions.limit) subscriptions",
          remedy: "End some, or use a pattern such as *.")
      }
    }
    if names.isEmpty { replies = [.push([.text(word), .null, .integer(Int64(changed.count))])] }
    if changed != subscriptions { self.changeSubscriptions { $0 = changed } }
    return .several(replies)
  }
}
