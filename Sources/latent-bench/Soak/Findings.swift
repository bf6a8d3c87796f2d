/// What a soak found: each figure a line of the report, and those whose bar is not met.
struct Findings {
  private let report: Report
  private(set) var unmet: [String] = []

  init(conditions: [String: String]) { report = Report(conditions: conditions) }

  /// Takes note of one figure.
  mutating func write(
    _ figure: String, side: String = "latent", _ value: Double, unit: String,
    bar: Report.Bar? = nil
  ) throws {
    try write(figure, side: side, Samples([value]), unit: unit, bar: bar)
  }

  /// Takes note of a figure of many runs.
  mutating func write(
    _ figure: String, side: String = "latent", _ samples: Samples, unit: String,
    as middle: Report.Middle = .median, bar: Report.Bar? = nil
  ) throws {
    if try !report.write(figure, side: side, samples, unit: unit, as: middle, bar: bar) {
      unmet.append("\(figure) (\(side))")
    }
  }
}
