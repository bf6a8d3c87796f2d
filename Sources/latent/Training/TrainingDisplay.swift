import Foundation
import Learning

/// What a training says while it runs, on standard error: on a terminal one line that is drawn over,
/// elsewhere one line for each part and some of its epochs, so that a batch job's log tells where it was.
final class TrainingDisplay: TrainingCallback {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let clock = ContinuousClock()
  private var lastDrawn: ContinuousClock.Instant?
  private var plan: TrainingPlan?
  /// What was warned of so far, first to last.
  private(set) var warnings: [String] = []

  /// Told the version that was written, before it may go in service.
  var onVersion: ((Int) -> Void)?

  /// `isQuiet` leaves out progress: warnings and how it ended are said all the same.
  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isTerminal = StandardError.isTerminal
  }

  /// A part of the work begins or is done.
  func say(_ text: String) {
    guard !isQuiet else { return }
    StandardError.write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
    lastDrawn = nil
  }

  /// Something that explains the outcome, or that the user may not have meant.
  func warn(_ text: String) {
    warnings.append(text)
    conclude("warning: \(text)")
  }

  /// How it all ended: which version was written and what became of it.
  func conclude(_ text: String) {
    StandardError.write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
  }

  func trainingWillBegin(_ plan: TrainingPlan) { self.plan = plan }

  func stepDidEnd(_ progress: TrainingProgress) {
    guard isTerminal, isDue else { return }
    draw(
      "\(progress.plan.epochName) \(progress.epoch)/\(progress.plan.epochCount) "
        + ProgressBar(progress.share).text + " \(Int(100 * progress.share)) %, "
        + Self.named("training loss", progress.result.trainingLoss)
        + "\(Self.format(progress.remaining / .seconds(1))) left")
  }

  func epochDidEnd(_ record: EpochRecord) -> Continuation {
    guard let plan, isSaid(record.epoch, of: plan.epochCount) else { return .proceed }
    let elapsed = record.elapsed / .seconds(1)
    let left = plan.epochCount - record.epoch
    say(
      "\(plan.epochName) \(record.epoch)/\(plan.epochCount): "
        + Self.named("training loss", record.trainingLoss)
        + Self.named("validation loss", record.validationLoss)
        + record.metrics.prefix(2).map { Self.named($0.name, $0.value) }.joined()
        + "\(Self.format(elapsed)) gone"
        + (left > 0
          ? ", \(Self.format(elapsed / Double(record.epoch) * Double(left))) left" : ""))
    return .proceed
  }

  /// Whether an epoch of so many gets a line: the first, the last and some ten more of many.
  private func isSaid(_ epoch: Int, of count: Int) -> Bool {
    epoch == 1 || epoch == count || epoch.isMultiple(of: (count + 9) / 10)
  }

  /// A figure with its name and a comma behind; nothing without one.
  private static func named(_ name: String, _ loss: Double?) -> String {
    loss.map { "\(name) \(String(format: "%.4f", $0)), " } ?? ""
  }

  /// Seconds as people read them: `0.05 s`, `12 s`, `3 min 20 s`.
  static func format(_ seconds: Double) -> String {
    switch seconds {
    case ..<10: String(format: "%.2f s", seconds)
    case ..<120: String(format: "%.0f s", seconds)
    default: "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
  }

  /// Whether a tenth of a second has gone since the line was last drawn.
  private var isDue: Bool {
    guard !isQuiet else { return false }
    guard let lastDrawn else { return true }
    return clock.now - lastDrawn > .milliseconds(100)
  }

  /// Draws a line over the last one, on a terminal and not too often.
  func draw(_ line: String) {
    guard isTerminal, isDue else { return }
    lastDrawn = clock.now
    StandardError.write("\r\u{1B}[K" + line)
  }
}
