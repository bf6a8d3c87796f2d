import Errors
import Evaluation
import Foundation
import ModelRegistry

/// The trials of a search so far, kept beside the versions until the training has finished, so that an
/// interrupted search does not repeat them.
struct TuningFile {
  /// What must be equal for trials to be valid: data, split, seed and requested options.
  typealias Identity = [String: String]

  private struct Contents: Codable {
    var identity: Identity
    var trials: [OptionTrial]
  }

  private let path: String
  private var contents: Contents

  /// Loads the trials from `path` if the file exists, it has this identity and `resumes` is set; else there
  /// are none.
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

  /// Returns the trial of these options for this fraction of the passes, if there was one.
  func trial(
    of kind: String, _ options: [String: String], share: Double
  ) -> OptionTrial? {
    trials.first { $0.kind == kind && $0.options == options && abs($0.share - share) < 1e-9 }
  }

  /// Returns whether `trial` is better than all others of its kind for the same number of passes.
  func isBest(_ trial: OptionTrial, by metric: Metric) -> Bool {
    guard let value = trial.value else { return false }
    return !trials.contains { other in
      other.kind == trial.kind && abs(other.share - trial.share) < 1e-9
        && other.value.map { !metric.isBetter(value, than: $0) } ?? false
    }
  }

  /// Adds a trial, and writes all. Throws ``JobError`` `noPlace` if they can't be written.
  mutating func add(_ trial: OptionTrial) throws(JobError) {
    contents.trials.append(trial)
    do {
      try RecordCoding.encoder().encode(contents).write(
        to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw JobError(
        .noPlace, "the trials can't be saved: \(error.localizedDescription)", place: path,
        remedy: "Make room on the disk, and resume the search.")
    }
  }
}
