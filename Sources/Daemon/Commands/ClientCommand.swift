import Errors
import LineProtocol
import Logging

extension DaemonCommand {
  /// The command CLIENT: this connection, and those of others.
  static var client: DaemonCommand {
    DaemonCommand(
      "CLIENT", .connection, [.required("subcommand"), .rest("argument")],
      summary: "Names, lists and disconnects connections; see its subcommands.",
      complexity: "O(1); INFO, LIST and KILL O(connections)", since: "0.1",
      subcommands: [
        Subcommand("ID", summary: "The connection's number."),
        Subcommand("GETNAME", summary: "The connection's name."),
        Subcommand("SETNAME", "name", counts: 1...1, summary: "Gives the connection a name."),
        Subcommand(
          "SETINFO", "LIB-NAME name or LIB-VER version", counts: 2...2,
          summary: "Sets the name or version of the client library."),
        Subcommand("INFO", summary: "The line of CLIENT LIST for this connection."),
        Subcommand(
          "LIST", "[TYPE normal or pubsub] [ID id ...]", counts: 0...Int.max,
          summary: "A line for each connection.", role: .admin),
        Subcommand(
          "KILL",
          "address or [ID id] [ADDR address] [LADDR address] [USER name] [TYPE type] [MAXAGE seconds] "
            + "[SKIPME yes or no]", counts: 1...14,
          summary: "Disconnects clients that match all conditions, and returns how many.",
          role: .admin),
        Subcommand(
          "NO-EVICT", "on or off", counts: 1...1,
          summary: "Exempts this connection from eviction when clients use too much memory.",
          role: .admin),
        Subcommand(
          "NO-TOUCH", "on or off", counts: 1...1,
          summary: "Returns OK; without effect, as there are no keys."),
      ],
      answer: .connection { (session, server, arguments) throws(ErrorReply) in
        switch arguments.subcommand?.name {
        case "ID": return .now(.integer(session.identifier))
        case "GETNAME": return .now(session.name.isEmpty ? .null : .text(session.name))
        case "SETNAME": session.rename(try arguments.connectionName(at: 1))
        case "SETINFO": try session.noteLibrary(arguments)
        case "INFO": return server.clients(that: ClientFilter(identifier: session.identifier))
        case "LIST":
          return server.clients(
            that: try ClientFilter(arguments), within: server.service.clientLists)
        case "KILL": return try server.kill(arguments, asking: session.identifier)
        case "NO-EVICT": session.exemptFromEviction(try arguments.isOn(at: 1))
        default: _ = try arguments.isOn(at: 1)
        }
        return .now(.status("OK"))
      })
  }
}

extension Session {
  fileprivate mutating func noteLibrary(_ arguments: CommandArguments) throws(ErrorReply) {
    let value = try arguments.connectionName(at: 2)
    switch ProtocolWord.read(arguments.positional[1]) {
    case "LIB-NAME": note(libraryName: value)
    case "LIB-VER": note(libraryVersion: value)
    default:
      throw ErrorReply(
        .badArgument, "Unrecognized option", remedy: "Use LIB-NAME or LIB-VER.")
    }
  }
}

extension CommandArguments {
  /// Returns whether the argument at `place` is `on`; throws if it is neither `on` nor `off`.
  fileprivate func isOn(at place: Int) throws(ErrorReply) -> Bool {
    switch ProtocolWord.read(positional[place]) {
    case "ON": return true
    case "OFF": return false
    default: throw ErrorReply(.badArgument, "syntax error", remedy: "Use on or off.")
    }
  }
}

extension ServerInformation {
  /// Returns the lines of the clients that match `filter`, or an error if none of `places` is free meanwhile.
  fileprivate func clients(
    that filter: ClientFilter, within places: Quota? = nil
  ) -> DaemonCommand.DeferredReply {
    .elsewhere { [service] done in
      guard places?.take() ?? true else { return done(.failure(.tooManyLists)) }
      service.clients.visit {
        filter.record(of: $0)
      } then: { records in
        // A line for each connection: written where it delays nobody.
        let write = { @Sendable in
          done(.success(.text(records.map { $0.line + "\n" }.joined())))
          places?.giveBack()
        }
        if service.answerThreads?.submit(.light, write) != true { write() }
      }
    }
  }

  /// Disconnects the clients selected by `arguments`.
  fileprivate func kill(
    _ arguments: CommandArguments, asking: Int64
  ) throws(ErrorReply) -> DaemonCommand.DeferredReply {
    let isOldForm = arguments.positional.count == 2
    let filter =
      isOldForm ? ClientFilter(address: try arguments.text(at: 1)) : try ClientFilter(arguments)
    if let user = filter.user, let access = service.access, !access.knows(user) {
      throw ErrorReply(
        .badArgument, "No such user '\(Excerpt.of(user))'",
        remedy: "CLIENT LIST shows names as user.")
    }
    return .elsewhere { [service] done in
      service.clients.visit { connection -> Int64? in
        let isAsking = connection.conversation.identifier == asking
        guard !isAsking || !filter.skipsAsking, let record = filter.record(of: connection),
          !record.isClosing
        else { return nil }
        connection.end(behindAnswer: isAsking)
        return record.identifier
      } then: { ended in
        service.log?.info(
          "CLIENT KILL: disconnected \(ended.count == 1 ? "a client" : "\(ended.count) clients")",
          metadata: ["connection": "\(asking)"])
        guard isOldForm else { return done(.success(.integer(Int64(ended.count)))) }
        done(ended.isEmpty ? .failure(.noSuchClient) : .success(.status("OK")))
      }
    }
  }
}

extension ErrorReply {
  fileprivate static let tooManyLists = ErrorReply(
    .busy, "too many client lists are being built", remedy: "Try again in a moment.")

  fileprivate static let noSuchClient = ErrorReply(
    .badArgument, "No such client", remedy: "CLIENT LIST shows addresses as addr.")
}
