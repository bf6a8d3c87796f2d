import Foundation

/// The machine's latency floor: PINGs to an idle daemon, one every 2 ms, on a separate thread.
struct FloorProbe {
  /// The 99th percentile, in milliseconds, above which the machine rather than the daemon is measured.
  static let bar = 2.5
  /// The interval between requests, in milliseconds.
  static let pace = 2.0

  private let asking: BackgroundWork<[Double]>

  /// Starts sending requests to the daemon at `port`.
  init(port: Int) {
    asking = BackgroundWork { isOver in
      let connection = try ClientSocket(port: port)
      var milliseconds: [Double] = []
      while !isOver() {
        let seconds = try timed {
          try connection.send("PING\n")
          _ = try connection.receiveLine()
        }.seconds
        milliseconds.append(seconds * 1e3)
        usleep(UInt32(Self.pace * 1e3))
      }
      return milliseconds
    }
  }

  /// Stops the probe and returns the latencies in milliseconds, in order. Throws if the idle daemon failed to answer.
  /// Call once.
  func finish() throws -> [Double] { try asking.finish(isCutShort: true) }
}
