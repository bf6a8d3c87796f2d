import Foundation

/// How long the machine takes for a request that costs nothing: PINGs of an idle daemon, one every
/// 2 ms, on a thread of its own.
struct FloorProbe {
  /// Above this 99th percentile, in milliseconds, it is the machine that is measured.
  static let bar = 2.5
  /// From one to the next, in milliseconds.
  static let pace = 2.0

  private let asking: BackgroundWork<[Double]>

  /// Begins to ask the daemon at `port`.
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

  /// Ends it; returns the milliseconds that each took, in order. Throws when the idle daemon failed
  /// to answer. For one call.
  func finish() throws -> [Double] { try asking.finish(isCutShort: true) }
}
