import Foundation
package import LineProtocol
import NIOCore

/// How long one event loop has seen answers to take, by the kind of question: what takes long is
/// computed on a thread of its own, so that no other client has to wait for it.
package struct AnswerCosts {
  /// Questions that take about the same: a command, the magnitude of the first of its numbers, which
  /// options it has, and which model is asked. There are only so many, whatever clients ask.
  package struct Kind: Hashable {
    private let name: String
    private let magnitude: Int
    private let options: UInt64
    /// The place of the served name that was given; nil for none and for any other.
    private let place: Int?

    /// The kind of a question with `arguments` to `models`.
    package init(_ arguments: CommandArguments, to models: ServedModels) {
      name = arguments.command.name
      options = arguments.givenOptions
      place =
        arguments.command.arguments.contains(.model)
        ? (try? arguments.optionalText(.model)).flatMap(models.place(of:)) : nil
      magnitude = Int.bitWidth - arguments.size.leadingZeroBitCount
    }
  }

  /// Answers that take longer are not computed on the event loop.
  static let loopLimit = TimeAmount.microseconds(400)
  /// The weight of the newest answer in the mean.
  private static let weight = 0.125

  private var meanNanoseconds: [Kind: Double] = [:]

  /// Whether an answer to a question of this kind may be computed on the event loop. The first of a
  /// kind may not.
  func fitsLoop(_ kind: Kind) -> Bool {
    guard let mean = meanNanoseconds[kind] else { return false }
    return mean <= Double(Self.loopLimit.nanoseconds)
  }

  /// Notes that an answer, which was no error, took `time`.
  mutating func note(_ time: TimeAmount, for kind: Kind) {
    let nanoseconds = Double(time.nanoseconds)
    let mean = meanNanoseconds[kind] ?? nanoseconds
    meanNanoseconds[kind] = mean + (nanoseconds - mean) * Self.weight
  }
}

/// What the calling thread has had of a processor: what others do meanwhile, on a busy machine, does not
/// count.
enum ProcessorTime {
  static func now() -> TimeAmount {
    var time = timespec()
    guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return .zero }
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
