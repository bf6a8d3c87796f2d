import NIOCore

extension Setting {
  /// The settings on what clients may take.
  static var ofLimits: [Setting] {
    [
      fixed("appendonly") { _ in "no" },
      fixed("databases") { _ in "1" },
      fixed("io-threads", by: "--threads") { "\($0.threadCount)" },
      number("maxclients") {
        1...Int64($0.connections.greatestLimit)
      } _: {
        Int64($0.connections.limit)
      } set: {
        $0.connections.limit = Int($1)
      },
      number("maxmemory-clients") { _ in
        1 << 20...1 << 40
      } _: {
        Int64($0.memory.limit)
      } set: {
        $0.memory.limit = Int($1)
      },
      fixed("proto-max-bulk-len", by: "--max-request") { "\($0.limits.requestBytes)" },
      fixed("save") { _ in "" },
      number("timeout") { _ in
        0...31_536_000
      } _: {
        TimeAmount($0.idleTime).wholeSeconds
      } set: { service, seconds in
        service.idleTime = .seconds(seconds)
        // Connections without a timer, or with a longer one, get one.
        service.clients.visit { connection -> Int? in
          connection.watchSilenceAnew()
          return nil
        } then: { _ in
        }
      },
    ]
  }
}
