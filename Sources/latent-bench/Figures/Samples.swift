/// What several runs of one measurement gave: at least one number.
struct Samples {
  /// In the order of the runs.
  let values: [Double]

  /// Traps without a value.
  init(_ values: [Double]) {
    precondition(!values.isEmpty, "no runs")
    self.values = values
  }

  /// The waits of a client that asks every `pace`, one request at a time: for each longer wait, also
  /// those of the requests that it held up. Else a client that waits long counts for little, since it
  /// asks for little (HdrHistogram's correction for coordinated omission). Traps without a value.
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

  /// The middle value; of an even number of values the mean of the two in the middle.
  var median: Double {
    let sorted = values.sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }

  /// The value that 99 of 100 do not exceed (nearest rank).
  var percentile99: Double {
    values.sorted()[(count * 99 + 99) / 100 - 1]
  }
}

/// What `body` returns, and the wall-clock seconds it took.
func timed<Result>(_ body: () throws -> Result) rethrows -> (result: Result, seconds: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let result = try body()
  return (result, (clock.now - start) / .seconds(1))
}
