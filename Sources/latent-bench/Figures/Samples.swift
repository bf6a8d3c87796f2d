/// The results of repeated runs of one measurement; at least one value.
struct Samples {
  /// The values, in the order of the runs.
  let values: [Double]

  /// Traps if `values` is empty.
  init(_ values: [Double]) {
    precondition(!values.isEmpty, "no runs")
    self.values = values
  }

  /// Creates the latencies of a client that sends one request at a time, one every `pace`. For each latency above
  /// `pace`, adds those of the requests it delayed. Otherwise a client that waits long counts for little, because it
  /// sends few requests (HdrHistogram's correction for coordinated omission). Traps if `waits` is empty.
  init(waits: [Double], pace: Double) {
    precondition(pace > 0, "no pace")
    self.init(
      waits.flatMap { wait in
        [wait] + stride(from: wait - pace, to: pace, by: -pace)
      })
  }

  var count: Int { values.count }
  var minimum: Double { values.reduce(.infinity, min) }
  var maximum: Double { values.reduce(-.infinity, max) }
  var mean: Double { values.reduce(0, +) / Double(count) }

  /// The median; for an even number of values, the mean of the middle two.
  var median: Double {
    let sorted = values.sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }

  /// The 99th percentile (nearest rank).
  var percentile99: Double {
    values.sorted()[(count * 99 + 99) / 100 - 1]
  }
}

/// Returns the result of `body` and the wall-clock seconds it took.
func timed<Result>(_ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let result = try body()
  return (result, (clock.now - start) / .seconds(1))
}
