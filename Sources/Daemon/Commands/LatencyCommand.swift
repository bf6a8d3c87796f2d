import Errors
import LineProtocol
import NIOCore

extension DaemonCommand {
  /// The command LATENCY, by what the daemon measures.
  static var latency: DaemonCommand {
    DaemonCommand(
      "LATENCY", .server, [.required("subcommand"), .rest("argument")],
      summary: "How long requests took, by command, and the latency events.",
      complexity: "O(event loops x commands)", since: "0.1", role: .admin,
      subcommands: [
        Subcommand(
          "HISTOGRAM", "[command ...]", counts: 0...Int.max,
          summary: "A cumulative histogram of microseconds for each command."),
        Subcommand(
          "LATEST",
          summary: "For each event the latest time, its milliseconds and the maximum."),
        Subcommand(
          "HISTORY", "event", counts: 1...1, summary: "The times and milliseconds of an event."),
        Subcommand(
          "RESET", "[event ...]", counts: 0...Int.max,
          summary: "Forgets events, or all; returns how many."),
        Subcommand("DOCTOR", summary: "A report on the events, as text."),
      ],
      answer: .server { (server, arguments) throws(ErrorReply) in
        let monitor = server.service.latency
        let events = arguments.events
        switch arguments.subcommand?.name {
        case "HISTOGRAM": return server.histograms(of: arguments)
        case "LATEST":
          return .list(
            monitor.all.map { event, history in
              let latest = history.samples.last
              return .list([
                .text(event.rawValue), .integer(latest?.second ?? 0),
                .integer(latest?.milliseconds ?? 0), .integer(history.longest),
              ])
            })
        case "HISTORY":
          let history = monitor.all.first { events.contains($0.event) }?.history
          return .list(
            (history?.samples ?? []).map {
              .list([.integer($0.second), .integer($0.milliseconds)])
            })
        case "RESET": return .integer(Int64(monitor.reset(events)))
        default: return .text(monitor.report)
        }
      })
  }
}

extension CommandArguments {
  /// The events that HISTORY and RESET name; all if none is named. Events of Redis that don't exist here, such as
  /// `fork`, are ignored, which is no error: tools ask for one after the other.
  fileprivate var events: [LatencyMonitor.Event] {
    guard ["HISTORY", "RESET"].contains(subcommand?.name), positional.count > 1 else {
      return LatencyMonitor.Event.allCases
    }
    return positional.dropFirst().compactMap { name in
      LatencyMonitor.Event(
        rawValue: String(decoding: name.prefix(64), as: UTF8.self).lowercased())
    }
  }
}

extension ServerInformation {
  /// Returns how long requests took, of all commands asked or of those named. For each time bound it has the cumulative
  /// count, if that exceeds the count for the bound before.
  fileprivate func histograms(of arguments: CommandArguments) -> Reply {
    let names = Set(arguments.positional.dropFirst().compactMap(ProtocolWord.read))
    let asked = service.statisticsReset.since(service.commandFigures).dropLast().filter {
      $0.durations.count > 0 && (names.isEmpty || names.contains($0.name))
    }
    return .map(
      asked.map { figures in
        var (count, steps) = (0, [ReplyField]())
        for (bound, more) in zip(DurationHistogram.bounds, figures.durations.counts) where more > 0
        {
          count += more
          steps.append(ReplyField("\(bound.wholeMicroseconds)", .integer(Int64(count))))
        }
        return ReplyField(
          figures.name.lowercased(),
          .map([
            ReplyField("calls", .integer(Int64(figures.durations.count))),
            ReplyField("histogram_usec", .map(steps)),
          ]))
      })
  }
}

extension LatencyMonitor {
  /// The events in sentences.
  fileprivate var report: String {
    let milliseconds = TimeAmount(threshold).wholeMilliseconds
    guard threshold > .zero else {
      return
        "Nothing is recorded: CONFIG SET latency-monitor-threshold 100 records what takes 100 ms or more.\n"
    }
    let known = all
    guard !known.isEmpty else {
      return
        "Nothing took \(milliseconds) ms (latency-monitor-threshold) since the start, or the last RESET.\n"
    }
    return known.map { event, history in
      let times = history.samples.map(\.milliseconds)
      let mean = times.reduce(0, +) / Int64(times.count)
      let seconds = history.samples.count == 1 ? "one second" : "\(history.samples.count) seconds"
      return "\(event.rawValue): \(milliseconds) ms or more in \(seconds), mean \(mean) ms, "
        + "maximum \(history.longest) ms. \(event.advice)\n"
    }.joined()
  }
}

extension LatencyMonitor.Event {
  /// Advice on what to look at.
  fileprivate var advice: String {
    switch self {
    case .command:
      "SLOWLOG GET shows the requests; time not spent computing was waiting: see INFO stats and the machine's load."
    case .storeWrite:
      "Ratings waited for the store: its disk, its network, or another process that writes to it."
    case .modelSwap:
      "Event loops were late to take up a new version: they, or the machine, were busy."
    }
  }
}
