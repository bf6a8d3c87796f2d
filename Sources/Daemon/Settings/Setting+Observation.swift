import LineProtocol
import Logging
import NIOCore

extension Setting {
  /// The settings on what the server reports about itself.
  static var ofObservation: [Setting] {
    [
      number("latency-monitor-threshold") { _ in
        0...86_400_000
      } _: {
        TimeAmount($0.latency.threshold).wholeMilliseconds
      } set: {
        $0.latency.threshold = .milliseconds($1)
      },
      Setting(
        name: "loglevel", value: { $0.logLevel?.value.rawValue },
        change: .live { (text, service) throws(ErrorReply) in
          let levels = LogThreshold.choices
          guard let chosen = service.logLevel,
            let level = levels.first(where: { $0.rawValue == text.lowercased() })
          else {
            throw .notSet(
              "loglevel",
              "argument(s) must be one of the following: "
                + levels.map(\.rawValue).joined(separator: ", "), remedy: "Give one of these.")
          }
          return { chosen.value = level }
        }),
      number("slowlog-log-slower-than") { _ in
        -1...86_400_000_000
      } _: {
        $0.slowLog.isOff ? -1 : TimeAmount($0.slowLog.threshold).wholeMicroseconds
      } set: { service, microseconds in
        if microseconds < 0 {
          service.slowLog.turnOff()
        } else {
          service.slowLog.threshold = .microseconds(microseconds)
        }
      },
      number("slowlog-max-len") { _ in
        0...Int64(SlowLog.greatestLimit)
      } _: {
        Int64($0.slowLog.limit)
      } set: {
        $0.slowLog.limit = Int($1)
      },
    ]
  }
}
