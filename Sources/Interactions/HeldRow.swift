import Ratings

/// A rating while a table is built, with rows in place of ids.
///
/// The two kinds differ in memory: 12 bytes without a time, 20 with one.
protocol HeldRow: BitwiseCopyable {
  var user: UInt32 { get set }
  var item: UInt32 { get set }
  var value: Float { get }
  /// Microseconds since 1970, ``Timestamp/missing`` when there is none.
  var time: Int64 { get }

  init(user: UInt32, item: UInt32, value: Float, time: Int64)
}

/// A rating without a time, whatever it is given.
struct UntimedRow: HeldRow {
  var user: UInt32
  var item: UInt32
  var value: Float

  var time: Int64 { Timestamp.missing }

  init(user: UInt32, item: UInt32, value: Float, time: Int64) {
    (self.user, self.item, self.value) = (user, item, value)
  }
}

/// A rating with a time, in two halves: a whole one would be aligned to 8 bytes, and the row would
/// take 24.
struct TimedRow: HeldRow {
  var user: UInt32
  var item: UInt32
  var value: Float
  private var timeLow: UInt32
  private var timeHigh: UInt32

  var time: Int64 { Int64(bitPattern: UInt64(timeHigh) << 32 | UInt64(timeLow)) }

  init(user: UInt32, item: UInt32, value: Float, time: Int64) {
    (self.user, self.item, self.value) = (user, item, value)
    timeLow = UInt32(truncatingIfNeeded: time)
    timeHigh = UInt32(truncatingIfNeeded: time >> 32)
  }
}
