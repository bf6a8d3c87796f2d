/// A metric of the daemon: its description for Prometheus, and the source of its values, which are the counts that INFO
/// shows.
///
/// To add one, declare it in a file of this folder and list it in ``all``.
struct Metric: Sendable {
  /// The type of the metric.
  enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// A value, and the labels that distinguish it from the metric's others.
  struct Sample: Sendable {
    /// A number, or a histogram of durations.
    enum Value: Sendable {
      case number(Double)
      case durations(DurationHistogram.Figures)
    }
    let labels: [(name: String, value: String)]
    let value: Value

    init(_ value: Double, _ labels: (name: String, value: String)...) {
      (self.value, self.labels) = (.number(value), labels)
    }

    init(_ count: Int, _ labels: (name: String, value: String)...) {
      (value, self.labels) = (.number(Double(count)), labels)
    }

    init(_ durations: DurationHistogram.Figures, _ labels: (name: String, value: String)...) {
      (value, self.labels) = (.durations(durations), labels)
    }
  }

  /// The name by Prometheus's conventions: a counter's ends in `_total`.
  let name: String
  let kind: Kind
  /// The help text, a sentence.
  let help: String
  /// Returns the current values: none if there is nothing to report. Called on a thread that may block. Label values
  /// come from tables of fixed size, never from clients.
  let samples: @Sendable (ServerInformation) -> [Sample]

  init(
    _ name: String, _ kind: Kind, _ help: String,
    _ samples: @escaping @Sendable (ServerInformation) -> [Sample]
  ) {
    (self.name, self.kind, self.help, self.samples) = (name, kind, help, samples)
  }

  /// Returns a metric with a single value.
  static func of(
    _ name: String, _ kind: Kind, _ help: String,
    _ value: @escaping @Sendable (ServerInformation) -> Int
  ) -> Metric {
    Metric(name, kind, help) { [Sample(value($0))] }
  }

  /// All metrics, in the order of output.
  static var all: [Metric] {
    ofProcess + ofRequests + ofConnections + ofLogins + ofHandshakes + ofModels + ofStore + ofLog
  }
}
