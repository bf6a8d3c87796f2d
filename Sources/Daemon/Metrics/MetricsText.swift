import NIOCore

/// Metrics as text, in one of the two formats that Prometheus reads.
enum MetricsText {
  /// A format of the text.
  enum Format: Sendable {
    /// Prometheus's own, version 0.0.4.
    case prometheus
    /// OpenMetrics 1.0.
    case openMetrics

    /// Chooses the format preferred by a client whose `Accept` header is `accept`.
    init(accept: String) {
      self = accept.contains("application/openmetrics-text") ? .openMetrics : .prometheus
    }

    var contentType: String {
      switch self {
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  /// Returns the current values of `metrics` as text.
  static func of(
    _ metrics: [Metric], _ server: ServerInformation, as format: Format
  ) -> String {
    var text = ""
    for metric in metrics {
      let samples = metric.samples(server)
      guard !samples.isEmpty else { continue }
      // OpenMetrics names the family; a counter's samples have that name with _total.
      let family =
        format == .openMetrics && metric.kind == .counter && metric.name.hasSuffix(total)
        ? String(metric.name.dropLast(total.count)) : metric.name
      text += "# HELP \(family) \(escapedHelp(metric.help, format))\n"
      text += "# TYPE \(family) \(metric.kind.rawValue)\n"
      for sample in samples { append(sample, of: metric, to: &text) }
    }
    if format == .openMetrics { text += "# EOF\n" }
    return text
  }

  private static let total = "_total"

  private static func append(_ sample: Metric.Sample, of metric: Metric, to text: inout String) {
    switch sample.value {
    case .number(let number):
      text += "\(metric.name)\(labels(sample.labels)) \(Self.number(number))\n"
    case .durations(let figures):
      var count = 0
      for (place, bucket) in figures.counts.enumerated() {
        count += bucket
        let bound =
          place < DurationHistogram.bounds.count
          ? Self.number(Double(DurationHistogram.bounds[place].nanoseconds) / 1e9) : "+Inf"
        text += "\(metric.name)_bucket\(labels(sample.labels + [("le", bound)])) \(count)\n"
      }
      let seconds = Self.number(Double(figures.nanoseconds) / 1e9)
      text += "\(metric.name)_sum\(labels(sample.labels)) \(seconds)\n"
      text += "\(metric.name)_count\(labels(sample.labels)) \(count)\n"
    }
  }

  /// Returns the number in the syntax of both formats.
  static func number(_ number: Double) -> String {
    guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Inf" : "+Inf" }
    // Whole numbers have no fraction, as far as they are exact.
    return number == number.rounded() && abs(number) < 0x1p53 ? "\(Int(number))" : "\(number)"
  }

  private static func labels(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    let pairs = labels.map { "\($0.name)=\"\(escapedLabel($0.value))\"" }
    return "{" + pairs.joined(separator: ",") + "}"
  }

  /// Returns the value of a label, escaped for its quotes.
  static func escapedLabel(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func escapedHelp(_ text: String, _ format: Format) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    return format == .openMetrics ? escaped.replacing("\"", with: "\\\"") : escaped
  }
}
