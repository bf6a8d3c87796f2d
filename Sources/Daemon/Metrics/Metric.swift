/// A metric of the daemon: what Prometheus is told of it, and where its values come from, which are the counts that
/// INFO shows.
///
/// What there is of one in code is its declaration, in a file of this folder, and its place in ``all``.
struct Metric: Sendable {
  /// What kind of numbers it has.
  enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// A value and the labels that tell it from the others of the metric.
  struct Sample: Sendable {
    /// A number, or how many of something took how long.
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

  /// Its name by Prometheus's conventions: a counter's ends with `_total`.
  let name: String
  let kind: Kind
  /// What it says, in a sentence.
  let help: String
  /// Its values now: none where there is nothing to tell. Called on a thread that may wait; what labels say comes
  /// from tables of fixed size, never from clients.
  let samples: @Sendable (ServerInformation) -> [Sample]

  init(
    _ name: String, _ kind: Kind, _ help: String,
    _ samples: @escaping @Sendable (ServerInformation) -> [Sample]
  ) {
    (self.name, self.kind, self.help, self.samples) = (name, kind, help, samples)
  }

  /// One that has a single value.
  static func of(
    _ name: String, _ kind: Kind, _ help: String,
    _ value: @escaping @Sendable (ServerInformation) -> Int
  ) -> Metric {
    Metric(name, kind, help) { [Sample(value($0))] }
  }

  /// All metrics, in the order in which they are told.
  static var all: [Metric] {
    ofProcess + ofRequests + ofConnections + ofLogins + ofHandshakes + ofModels + ofStore + ofLog
  }
}
