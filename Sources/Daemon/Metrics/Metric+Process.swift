extension Metric {
  /// The metrics of the process, under the names that all Prometheus client libraries use.
  static var ofProcess: [Metric] {
    // Read once for all of them.
    let process = ProcessFigures()
    return [
      Metric("latent_build_info", .gauge, "The version of Latent; always 1.") {
        [Sample(1, ("version", $0.service.version))]
      },
      figure(
        "process_start_time_seconds", .gauge, "Start time of the process, in seconds since 1970.",
        process.startTime),
      figure(
        "process_cpu_seconds_total", .counter, "CPU time in seconds.",
        process.processorSeconds),
      figure(
        "process_resident_memory_bytes", .gauge, "Resident memory, mapped files included.",
        process.residentBytes.map(Double.init)),
      figure(
        "process_virtual_memory_bytes", .gauge, "Virtual memory.",
        process.virtualBytes.map(Double.init)),
      figure(
        "process_open_fds", .gauge, "Open files and sockets.",
        process.openDescriptors.map(Double.init)),
      figure(
        "process_max_fds", .gauge, "The limit on open files and sockets.",
        process.descriptorLimit.map(Double.init)),
    ]
  }

  private static func figure(
    _ name: String, _ kind: Kind, _ help: String,
    _ value: Double?
  ) -> Metric {
    Metric(name, kind, help) { _ in value.map { [Sample($0)] } ?? [] }
  }
}
