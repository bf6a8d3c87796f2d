extension Metric {
  /// The metrics of refused passwords, by any protocol; without values if everybody may ask.
  static var ofLogins: [Metric] {
    func counted(
      _ name: String, _ help: String, _ count: @escaping @Sendable (Access) -> Int
    ) -> Metric {
      Metric(name, .counter, help) { server in
        server.service.access.map { [Sample(count($0))] } ?? []
      }
    }
    return [
      counted("latent_failed_logins_total", "Logins that were refused for a wrong password.") {
        $0.failedLoginCount
      },
      counted(
        "latent_limited_logins_total",
        "Logins refused unchecked, after too many wrong passwords from the address."
      ) { $0.limitedLoginCount },
    ]
  }
}
