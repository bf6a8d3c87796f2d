import Foundation
package import LineProtocol
import NIOCore

/// The cost of answers on one event loop, by kind of question: slow kinds are computed on a separate thread, so that no
/// other client has to wait.
package struct AnswerCosts {
  /// Questions of about the same cost: the same command, magnitude of its first number, options and model. The number
  /// of kinds is bounded, whatever clients ask.
  package struct Kind: Hashable {
    private let name: String
    private let magnitude: Int
    private let options: UInt64
    /// The index of the given name among those served; `nil` if none or another was given.
    private let place: Int?

    /// Creates the kind of a question with `arguments` to `models`.
    package init(_ arguments: CommandArguments, to models: ServedModels) {
      name = arguments.command.name
      options = arguments.givenOptions
      place =
        arguments.command.arguments.contains(.model)
        ? (try? arguments.optionalText(.model)).flatMap(models.place(of:)) : nil
      magnitude = Int.bitWidth - arguments.size.leadingZeroBitCount
    }
  }

  /// The most an answer may take to be computed on the event loop.
  static let loopLimit = TimeAmount.microseconds(400)
  /// The weight of the newest answer in the mean.
  private static let weight = 0.125

  private var meanNanoseconds: [Kind: Double] = [:]

  /// Returns whether an answer of this kind may be computed on the event loop. The first of a kind may not.
  func fitsLoop(_ kind: Kind) -> Bool {
    guard let mean = meanNanoseconds[kind] else { return false }
    return mean <= Double(Self.loopLimit.nanoseconds)
  }

  /// Records that a successful answer took `time`.
  mutating func note(_ time: TimeAmount, for kind: Kind) {
    let nanoseconds = Double(time.nanoseconds)
    let mean = meanNanoseconds[kind] ?? nanoseconds
    meanNanoseconds[kind] = mean + (nanoseconds - mean) * Self.weight
  }
}

/// The processor time of the calling thread: what others use on a busy machine does not count.
enum ProcessorTime {
  static func now() -> TimeAmount {
    var time = timespec()
    guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return .zero }
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
