import Foundation
import Learning

/// The progress of a training on standard error. On a terminal it is one line that is overwritten; elsewhere it is a
/// line for each part and for some of its epochs, so that the log of a batch job shows how far it got.
final class TrainingDisplay: TrainingCallback {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let clock = ContinuousClock()
  private var lastDrawn: ContinuousClock.Instant?
  private var plan: TrainingPlan?
  /// The warnings so far, in order.
  private(set) var warnings: [String] = []

  /// Called with the version that was written, before it may go into service.
  var onVersion: ((Int) -> Void)?

  /// Creates a display. `isQuiet` hides progress, but not warnings and the outcome.
  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isTerminal = StandardError.isTerminal
  }

  /// Writes a line about a part of the work that begins or is done.
  func say(_ text: String) {
    guard !isQuiet else { return }
    StandardError.write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
    lastDrawn = nil
  }

  /// Writes a warning about something that explains the outcome, or that the user may not have intended.
  func warn(_ text: String) {
    warnings.append(text)
    conclude("warning: \(text)")
  }

  /// Writes a line about the outcome: the version that was written, and whether it is in service.
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
        + "\(Self.format(elapsed)) elapsed"
        + (left > 0
          ? ", \(Self.format(elapsed / Double(record.epoch) * Double(left))) left" : ""))
    return .proceed
  }

  /// Returns whether an epoch gets a line: the first, the last, and about ten in between.
  private func isSaid(_ epoch: Int, of count: Int) -> Bool {
    epoch == 1 || epoch == count || epoch.isMultiple(of: (count + 9) / 10)
  }

  /// Returns a value with its name, followed by a comma; empty without a value.
  private static func named(_ name: String, _ loss: Double?) -> String {
    loss.map { "\(name) \(String(format: "%.4f", $0)), " } ?? ""
  }

  /// Formats seconds for people: `0.05 s`, `12 s`, `3 min 20 s`.
  static func format(_ seconds: Double) -> String {
    switch seconds {
    case ..<10: String(format: "%.2f s", seconds)
    case ..<120: String(format: "%.0f s", seconds)
    default: "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
  }

  /// Whether a tenth of a second has passed since the line was last drawn.
  private var isDue: Bool {
    guard !isQuiet else { return false }
    guard let lastDrawn else { return true }
    return clock.now - lastDrawn > .milliseconds(100)
  }

  /// Overwrites the last line, on a terminal and at a limited rate.
  func draw(_ line: String) {
    guard isTerminal, isDue else { return }
    lastDrawn = clock.now
    StandardError.write("\r\u{1B}[K" + line)
  }
}
