import Foundation
import Synchronization

extension Metric {
  /// The metrics of TLS handshakes; without values if there is no TLS.
  static var ofHandshakes: [Metric] {
    func counted(
      _ name: String, _ help: String, _ count: @escaping @Sendable (ServerInformation) -> Int
    ) -> Metric {
      Metric(name, .counter, help) {
        $0.service.certificate == nil ? [] : [Sample(count($0))]
      }
    }
    return [
      counted("latent_tls_handshakes_total", "TLS handshakes completed.") {
        $0.service.total { $0.handshakes }
      },
      counted(
        "latent_tls_handshakes_failed_total",
        "TLS handshakes that failed or were not completed in time."
      ) { $0.service.certificate?.failedHandshakes.load(ordering: .relaxed) ?? 0 },
      counted(
        "latent_tls_handshake_steps_delayed_total",
        "Handshake steps delayed because others took half of an event loop's time."
      ) { $0.service.total { $0.delayedHandshakes } },
      Metric(
        "latent_tls_certificate_expiry_timestamp_seconds", .gauge,
        "When the first of the server's certificates expires."
      ) { server in
        server.service.certificate.map { [Sample($0.expiry.timeIntervalSince1970)] } ?? []
      },
    ]
  }
}
