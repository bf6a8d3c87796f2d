import Foundation

/// What a daemon holds of the system: memory and open files.
struct Holdings {
  /// In MiB.
  let memory: Double
  let descriptors: Int

  /// What it holds now. Throws when it has ended.
  init(of daemon: LatentDaemon) throws {
    memory = try daemon.memory()
    descriptors = try daemon.descriptorCount()
  }

  /// Waits until `daemon` is back at this, as far as it comes within `limit`; it may have so much
  /// more memory. Answers what it holds then, and the seconds that took.
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
