import Errors
import Evaluation
import Foundation
import ModelRegistry

/// What a search tried so far, kept beside the versions until the training is over, so that one that was
/// interrupted does not do it again.
struct TuningFile {
  /// What must be the same for trials to hold: data, split, seed and what was asked for.
  typealias Identity = [String: String]

  private struct Contents: Codable {
    var identity: Identity
    var trials: [OptionTrial]
  }

  private let path: String
  private var contents: Contents

  /// The trials of `path`, where it is there, of this identity and `resumes` says so; else none.
  init(_ path: String, of identity: Identity, resumes: Bool) {
    self.path = path
    contents = Contents(identity: identity, trials: [])
    guard resumes, let data = FileManager.default.contents(atPath: path),
      let known = try? RecordCoding.decoder().decode(Contents.self, from: data),
      known.identity == identity
    else { return }
    contents = known
  }

  /// All trials, in the order in which they were made.
  var trials: [OptionTrial] { contents.trials }

  /// The trial of these options for this share of the passes, if there was one.
  func trial(
    of kind: String, _ options: [String: String], share: Double
  ) -> OptionTrial? {
    trials.first { $0.kind == kind && $0.options == options && abs($0.share - share) < 1e-9 }
  }

  /// Whether `trial` is better than all others of its kind for as many passes.
  func isBest(_ trial: OptionTrial, by metric: Metric) -> Bool {
    guard let value = trial.value else { return false }
    return !trials.contains { other in
      other.kind == trial.kind && abs(other.share - trial.share) < 1e-9
        && other.value.map { !metric.isBetter(value, than: $0) } ?? false
    }
  }

  /// Adds a trial, and writes all. Throws ``JobError`` `noPlace` where they can't be written.
  mutating func add(_ trial: OptionTrial) throws(JobError) {
    contents.trials.append(trial)
    do {
      try RecordCoding.encoder().encode(contents).write(
        to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw JobError(
        .noPlace, "what was tried can't be kept: \(error.localizedDescription)", place: path,
        remedy: "Make room there, and start again with --resume.")
    }
  }
}
