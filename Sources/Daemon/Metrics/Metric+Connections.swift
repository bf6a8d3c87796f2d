extension Metric {
  /// The metrics of connections, and of the memory they hold.
  static var ofConnections: [Metric] {
    [
      .of("latent_connections", .gauge, "Clients connected now, without HTTP.") {
        $0.service.connections.count
      },
      .of("latent_connections_limit", .gauge, "The limit on connected clients.") {
        $0.service.connections.limit
      },
      counted("latent_connections_received_total", "Connections accepted.") { $0.connections },
      counted(
        "latent_connections_rejected_total",
        "Connections refused because the limit was reached."
      ) { $0.refused },
      Metric(
        "latent_connections_dropped_total", .counter,
        "Connections that the daemon closed: of clients that sent nothing, did not read, or held the most memory."
      ) { server in
        let idle = server.service.total { $0.idle }
        let evicted = server.service.total { $0.evicted }
        let dropped = server.service.total { $0.dropped }
        return [
          Sample(idle, ("reason", "idle")), Sample(evicted, ("reason", "memory")),
          Sample(max(0, dropped - idle - evicted), ("reason", "unread")),
        ]
      },
      .of(
        "latent_client_memory_bytes", .gauge,
        "Bytes of requests and unread answers that clients hold."
      ) { $0.service.memory.byteCount },
      .of("latent_client_memory_limit_bytes", .gauge, "The limit on these bytes.") {
        $0.service.memory.limit
      },
      .of("latent_http_connections", .gauge, "HTTP clients connected now.") {
        $0.service.httpSockets.count
      },
    ]
  }
}
