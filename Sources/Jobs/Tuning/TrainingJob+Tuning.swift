import Errors
import Evaluation
import Interactions
import Learning
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Trainers

/// A search for the options of a training.
package struct TuningRequest: Sendable {
  /// The time that it may take, of all models together.
  package var seconds: Double
  /// The names of options that were given, and are not searched.
  package var given: Set<String>
  package init(seconds: Double, given: Set<String> = []) {
    self.seconds = seconds
    self.given = given
  }
}

/// What came of a search for a model's options.
package struct TunedPart: Sendable {
  package let kind: String
  /// What was chosen, none where the defaults did best, and as it was tried: what follows from the number of
  /// ratings differs, as some were held out for the search.
  package let options: [String: String]
  package let triedOptions: [String: String]
  /// The metric, and its figures with what was chosen and with the defaults, on what was held out.
  package let metric: String
  package let best: Double?
  package let usual: Double?
  package let trialCount: Int
}

extension TrainingJob {
  /// The parts with the options that did best on a part of the training ratings, which is held out in the
  /// same way as those that judge in the end, and which they don't see. What was given is not searched,
  /// and what two models share is searched for the first alone. Adds what was tried to `run`.
  ///
  /// Throws what the trainers throw, and ``JobError`` `nothingToSearchBy` where there are too few ratings.
  func tuned(
    _ parts: [VersionPart], on training: InteractionTable, _ summary: DataSummary,
    by tuning: TuningRequest, beside versions: ModelVersions, _ run: inout TrainingRun
  ) throws -> [VersionPart] {
    let split = try Split(
      request.split == "none" ? "random:0.2" : request.split, seed: request.splitSeed &+ 1)
    let ratings = try training.split(by: split)
    guard ratings.heldOut.count > 0 else {
      throw JobError(
        .nothingToSearchBy, "holds no ratings out of \(training.count)",
        place: request.split == "none" ? "a fifth at random" : "split \(split)",
        remedy: "There are too few ratings to search by: import more, or do not search.")
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
      // What follows from the ratings is taken from all of them that are learned from.
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

  /// Learns a part with other options, for a share of its passes, and judges it.
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
      // Options that don't go together, or from which nothing can be learned, are none to choose.
      guard [.badOption, .diverged].contains(error.code) else { throw error }
    }
    return OptionTrial(
      kind: part.kind, options: options, share: share, metric: part.metric.name, value: value,
      seconds: (clock.now - start) / .seconds(1))
  }

  /// What a candidate is worth; nil where its file can't be opened, as numbers in it are not finite.
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

/// A part, and what is searched for it.
private struct PartSearch {
  let part: VersionPart
  let options: [SearchedOption]
  let seed: UInt64

  /// The options of a candidate, random ones from the seed; none for candidate 0.
  func texts(of candidate: Int, for training: InteractionTable) -> [String: String] {
    guard candidate > 0 else { return [:] }
    var random = RandomStream(seed: seed, stream: UInt64(candidate))
    return options.reduce(into: [:]) { texts, option in
      texts[option.name] = option.value(Double(random.nextWord()) * 0x1p-32, training)
    }
  }
}
