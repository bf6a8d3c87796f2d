import Errors
import LineProtocol
import Logging

extension DaemonCommand {
  /// The command CONFIG: the settings of Redis that have a meaning here.
  static var config: DaemonCommand {
    DaemonCommand(
      "CONFIG", .connection, [.required("subcommand"), .rest("argument")],
      summary: "Reads the Redis settings that apply here, and changes some of them.",
      complexity: "O(settings x patterns)", since: "0.1",
      subcommands: [
        Subcommand(
          "GET", "pattern [pattern ...]", counts: 1...64,
          summary: "The settings that match any of the patterns, with their values."),
        Subcommand(
          "SET", "name value [name value ...]", counts: 2...64,
          summary: "Changes settings until the server ends: all of them, or none.", role: .admin),
        Subcommand(
          "RESETSTAT",
          summary: "Resets INFO's stats and commandstats, and LATENCY HISTOGRAM, to 0.",
          role: .admin),
      ],
      answer: .connection { (session, server, arguments) throws(ErrorReply) in
        switch arguments.subcommand?.name {
        case "SET": return .now(try server.service.set(arguments, by: session))
        case "RESETSTAT":
          server.resetStatistics()
          return .now(.status("OK"))
        default: return .now(try server.service.settings(arguments))
        }
      })
  }
}

extension ServiceState {
  /// Returns the settings that match any of the patterns of CONFIG GET.
  fileprivate func settings(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
    var patterns: [GlobPattern] = []
    for place in 1..<arguments.positional.count {
      guard arguments.positional[place].count <= Subscriptions.nameByteLimit else { continue }
      patterns.append(GlobPattern(try arguments.text(at: place)))
    }
    return .map(
      Setting.all.compactMap { setting in
        guard patterns.contains(where: { $0.matches(setting.name, caseless: true) }),
          let value = setting.value(self)
        else { return nil }
        return ReplyField(setting.name, .text(value))
      })
  }

  /// Applies the settings of CONFIG SET: all of them or, if it throws, none.
  fileprivate func set(
    _ arguments: CommandArguments, by session: Session
  ) throws(ErrorReply) -> Reply {
    let words = arguments.positional.dropFirst()
    guard words.count % 2 == 0 else {
      throw ErrorReply(
        .wrongArgumentCount, "wrong number of arguments for CONFIG SET",
        remedy: "Usage: CONFIG SET name value [name value ...]")
    }
    var changes: [(Setting, @Sendable () -> Void)] = []
    for place in stride(from: words.startIndex, to: words.endIndex, by: 2) {
      let name = try arguments.text(at: place).lowercased()
      guard let setting = Setting.all.first(where: { $0.name == name }),
        setting.value(self) != nil
      else {
        let names = Setting.all.filter(\.isLive).map(\.name).joined(separator: ", ")
        throw ErrorReply(
          .badArgument,
          "Unknown option or number of arguments for CONFIG SET - '\(Excerpt.of(words[place]))'",
          remedy: "These can be changed: \(names).")
      }
      guard !changes.contains(where: { $0.0.name == name }) else {
        throw .notSet(name, "duplicate parameter", remedy: "Give it once.")
      }
      changes.append((setting, try setting.read(try arguments.text(at: place + 1), for: self)))
    }
    for (setting, change) in changes {
      change()
      log?.info(
        "CONFIG SET: \(setting.name) is now \(setting.value(self) ?? "")",
        metadata: ["connection": "\(session.identifier)"])
    }
    return .status("OK")
  }
}

extension Setting {
  /// Whether it can be changed at run time.
  fileprivate var isLive: Bool { if case .live = change { true } else { false } }

  /// Returns a closure that sets it to `value`.
  fileprivate func read(
    _ value: String, for service: ServiceState
  ) throws(ErrorReply) -> @Sendable () -> Void {
    switch change {
    case .live(let read): return try read(value, service)
    case .fixed(let option):
      throw .notSet(
        name, "can't set immutable config",
        remedy: option.map { "Start the server with another \($0)." } ?? "It has no other value.")
    }
  }
}
