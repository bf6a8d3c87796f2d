import Errors
import Evaluation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Trainers

/// A request for a hyperparameter search before training.
package struct TuningRequest: Sendable {
  /// The time limit for all models together.
  package var seconds: Double
  /// The names of options that were given, which are not searched.
  package var given: Set<String>
  package init(seconds: Double, given: Set<String> = []) {
    self.seconds = seconds
    self.given = given
  }
}

/// The result of a hyperparameter search for a model.
package struct TunedPart: Sendable {
  package let kind: String
  /// The chosen options, empty if the defaults did best, and the options as tried. They differ in options
  /// derived from the number of ratings, because some ratings were held out for the search.
  package let options: [String: String]
  package let triedOptions: [String: String]
  /// The metric, and its values on the held-out ratings with the chosen options and with the defaults.
  package let metric: String
  package let best: Double?
  package let usual: Double?
  package let trialCount: Int
}

extension TrainingJob {
  /// Returns the parts with the options that did best on ratings held out from the training ratings. These
  /// are held out by the same kind of split as the ratings for the final judgement, which the search does not
  /// see. Given options are not searched, and options common to two models are only searched for the first.
  /// Adds the trials to `run`.
  ///
  /// Throws what the trainers throw, and ``JobError`` `nothingToSearchBy` if there are too few ratings.
  func tuned(
    _ parts: [VersionPart], on training: InteractionTable, _ summary: DataSummary,
    by tuning: TuningRequest, beside versions: ModelVersions, _ run: inout TrainingRun
  ) throws -> [VersionPart] {
    let split = try Split(
      request.split == "none" ? "random:0.2" : request.split, seed: request.splitSeed &+ 1)
    let ratings = try training.split(by: split)
    guard ratings.heldOut.count > 0 else {
      throw JobError(
        .nothingToSearchBy, "holds out none of \(training.count) training ratings",
        place: request.split == "none" ? "a fifth at random" : "split \(split)",
        remedy: "There are too few ratings for a search: import more, or do not search.")
    }
    var identity = run.parameters
    identity["data"] = run.dataFingerprint
    var file = TuningFile(try versions.tuningPath(), of: identity, resumes: request.resumes)
    var taken: Set<String> = []
    let searches = parts.map { part in
      let options = part.trainer.searchedOptions.filter {
        !tuning.given.contains($0.name) && taken.insert($0.name).inserted
      }
      return PartSearch(part: part, options: options, seed: request.seed)
    }
    let count = searches.count { !$0.options.isEmpty }
    let tuned = try searches.map { search in
      guard !search.options.isEmpty else {
        let has = !search.part.trainer.searchedOptions.isEmpty
        report(.warning(.nothingToSearch(kind: search.part.kind, areGiven: has)))
        return search.part
      }
      report(.tuning(kind: search.part.kind, options: search.options.map(\.name)))
      let halving = HalvingSearch(
        seconds: tuning.seconds / Double(count),
        isHalving: search.part.trainer.passCount >= 9)
      let best = try halving.best { candidate, share in
        let options = search.texts(of: candidate, for: ratings.training)
        let trial =
          try file.trial(of: search.part.kind, options, share: share)
          ?? {
            let trial = try self.trial(
              of: search.part, options, share: share, on: ratings, summary)
            let isBest = file.isBest(trial, by: search.part.metric)
            try file.add(trial)
            report(.tried(trial, isBest: isBest))
            return trial
          }()
        let sign: Double = search.part.metric.better == .lower ? 1 : -1
        return (trial.value.map { sign * $0 }, trial.seconds)
      }
      // Options derived from the ratings are computed from all training ratings.
      let chosen = search.texts(of: best, for: training)
      let tried = search.texts(of: best, for: ratings.training)
      func value(_ options: [String: String]) -> Double? {
        file.trial(of: search.part.kind, options, share: 1)?.value
      }
      report(
        .tuned(
          TunedPart(
            kind: search.part.kind, options: chosen, triedOptions: tried,
            metric: search.part.metric.name, best: value(tried), usual: value([:]),
            trialCount: file.trials.count { $0.kind == search.part.kind })))
      return try search.part.with(chosen)
    }
    run.trials = file.trials
    return tuned
  }

  /// Trains a part with other options for a fraction of its passes, and judges it.
  private func trial(
    of part: VersionPart, _ options: [String: String], share: Double, on ratings: SplitRatings,
    _ summary: DataSummary
  ) throws -> OptionTrial {
    try request.cancellation?.check(at: "search")
    let clock = ContinuousClock()
    let start = clock.now
    var value: Double?
    do throws(TrainingError) {
      let trainer = try part.trainer.with(options).passing(share)
      let isIterating = type(of: trainer).capabilities.contains(.iterates)
      var context = TrainingContext(
        seed: request.seed, compute: ComputeContext(threadCount: request.threadCount),
        callbacks: isIterating ? request.cancellation.map { [$0] } ?? [] : [])
      context.cancellation = request.cancellation
      let candidate = try Candidate(
        of: trainer,
        on: TrainingData(
          training: ratings.training, heldOut: ratings.heldOut, summary: summary),
        in: context)
      value = worth(of: candidate, by: part.metric, on: ratings)
    } catch {
      // Options that are incompatible or prevent learning can't be chosen.
      guard [.badOption, .diverged].contains(error.code) else { throw error }
    }
    return OptionTrial(
      kind: part.kind, options: options, share: share, metric: part.metric.name, value: value,
      seconds: (clock.now - start) / .seconds(1))
  }

  /// Returns a candidate's value of `metric`; nil if its file can't be opened, because it contains numbers
  /// that are not finite.
  private func worth(
    of candidate: Candidate, by metric: Metric, on ratings: SplitRatings
  ) -> Double? {
    guard let model = try? candidate.fitted.opened(kind: candidate.kind, on: ratings) else {
      return nil
    }
    return ModelReport(
      name: candidate.kind, model: model, ratings: ratings, metrics: [metric],
      threadCount: request.threadCount)[metric]
  }
}

/// A part, and its options to search.
private struct PartSearch {
  let part: VersionPart
  let options: [SearchedOption]
  let seed: UInt64

  /// Returns a candidate's options, random ones from the seed; none for candidate 0.
  func texts(of candidate: Int, for training: InteractionTable) -> [String: String] {
    guard candidate > 0 else { return [:] }
    var random = RandomStream(seed: seed, stream: UInt64(candidate))
    return options.reduce(into: [:]) { texts, option in
      texts[option.name] = option.value(Double(random.nextWord()) * 0x1p-32, training)
    }
  }
}
