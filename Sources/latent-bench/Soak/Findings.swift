import Foundation
import Synchronization

/// The findings of a soak. Each figure is a line of the report; those that miss their bar are collected.
struct Findings {
  private let report: Report
  private let ignoresTimes: Bool
  private var unmet: [String] = []

  /// An error that names the bars missed; nil if all are met.
  var failure: ChildFailure? {
    unmet.isEmpty ? nil : ChildFailure(description: "not met: \(unmet.joined(separator: ", "))")
  }

  /// Creates empty findings. With `ignoringTimes`, figures in units of time have no bar.
  init(conditions: [String: String], ignoringTimes: Bool) {
    report = Report(conditions: conditions)
    ignoresTimes = ignoringTimes
  }

  /// Records one figure.
  mutating func write(
    _ figure: String, side: String = "latent", _ value: Double, unit: String,
    bar: Report.Bar? = nil
  ) throws {
    try write(figure, side: side, Samples([value]), unit: unit, bar: bar)
  }

  /// Records a figure from many runs.
  mutating func write(
    _ figure: String, side: String = "latent", _ samples: Samples, unit: String,
    as middle: KeyPath<Samples, Double> = \.median, bar: Report.Bar? = nil
  ) throws {
    let bar = ignoresTimes && ["ms", "s"].contains(unit) ? nil : bar
    if try !report.write(figure, side: side, samples, unit: unit, as: middle, bar: bar) {
      unmet.append("\(figure) (\(side))")
    }
  }
}

extension Findings {
  /// Records what ordinary clients observed, and the machine's latency floor in milliseconds.
  mutating func write(_ figures: OrdinaryFigures, floor: [Double]) throws {
    let phases = [
      ("quiet", figures[.quiet]), ("attacked", figures[.attacked]), ("after", figures[.after]),
    ]
    for (side, values) in phases {
      for problem in values.problems { Progress.say(problem) }
      try write("soak.answers", side: side, Double(values.answerCount), unit: "")
      try write("soak.wrong", side: side, Double(values.wrongCount), unit: "", bar: .atMost(0))
      try write("soak.lost", side: side, Double(values.lostCount), unit: "", bar: .atMost(0))
      if !values.ratingMilliseconds.isEmpty {
        let waits = Samples(values.ratingMilliseconds)
        try write("soak.rate.median", side: side, waits, unit: "ms")
        try write("soak.rate.p99", side: side, waits, unit: "ms", as: \.percentile99)
      }
      try write(
        "soak.rate.refused", side: side, Double(values.refusedRatingCount), unit: "",
        bar: ignoresTimes ? nil : .atMost(0))
    }
    let pace = OrdinaryClient.pace
    let usual = figures[.quiet].milliseconds
    let bar = usual.isEmpty ? 20 : max(20, 12 * Samples(waits: usual, pace: pace).percentile99)
    let sides = phases.map { ($0, $1.milliseconds, pace) } + [("floor", floor, FloorProbe.pace)]
    for (side, waits, pace) in sides where !waits.isEmpty {
      let samples = Samples(waits: waits, pace: pace)
      try write("soak.median", side: side, samples, unit: "ms")
      try write(
        "soak.p99", side: side, samples, unit: "ms", as: \.percentile99,
        bar: side == "attacked" ? .atMost(bar) : nil)
      if side == "floor", samples.percentile99 > FloorProbe.bar {
        Progress.say("the machine was busy: an idle daemon was slow to answer as well (the floor)")
      }
    }
  }

  /// Records what an attack did, and any offences of the daemon.
  mutating func write(_ underWay: AttackUnderWay) throws {
    let (name, target) = (underWay.attack.name, underWay.target)
    let traffic = target.traffic
    try write(
      "soak.attack.connections", side: name,
      Double(traffic.connections.load(ordering: .relaxed)), unit: "")
    try write(
      "soak.attack.sent", side: name,
      Double(traffic.sentBytes.load(ordering: .relaxed)) / 1_048_576, unit: "MiB")
    try write(
      "soak.attack.received", side: name,
      Double(traffic.receivedBytes.load(ordering: .relaxed)) / 1_048_576, unit: "MiB")
    let offences = target.offences
    for offence in Set(offences).sorted().prefix(10) { Progress.say(offence) }
    try write("soak.offences", side: name, Double(offences.count), unit: "", bar: .atMost(0))
  }
}

/// A daemon's use of system resources: memory and open files.
struct Holdings {
  /// The memory in MiB.
  let memory: Double
  let descriptors: Int

  /// Reads the current use of `daemon`. Throws if it has ended.
  init(of daemon: LatentDaemon) throws {
    memory = try daemon.memory()
    descriptors = try daemon.descriptorCount()
  }

  /// Waits until `daemon` is back at this use plus an allowance of memory, for at most `limit`. Returns its use at the
  /// end, and the seconds it took.
  func wait(
    for daemon: LatentDaemon, tolerating memoryGrowth: Double, within limit: Duration
  ) throws -> (end: Holdings, seconds: Double) {
    let clock = ContinuousClock()
    let begin = clock.now
    var now = try Holdings(of: daemon)
    while now.memory > memory + memoryGrowth || now.descriptors > descriptors,
      clock.now < begin + limit
    {
      usleep(100_000)
      now = try Holdings(of: daemon)
    }
    return (now, (clock.now - begin) / .seconds(1))
  }
}
