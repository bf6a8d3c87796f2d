import Errors
import Evaluation
import Foundation
import Jobs
import ModelRegistry
import Ratings
import Trainers

/// The events of a job in words.
extension TrainingDisplay {
  /// Shows an event; `versions` are those that the training adds to.
  func show(_ event: JobEvent, in versions: ModelVersions? = nil) {
    switch event {
    case .reading(let count):
      draw("reading: \(count) ratings")
    case .read(let ratings, let items, let users, let store, let seconds):
      say(
        "read \(ratings) ratings of \(items) items by \(users) users from \(store) in "
          + Self.format(seconds))
    case .transformed(let transform):
      let formula = transform.formula ?? "value"
      say("models are trained and evaluated on \(formula); predictions are transformed back")
    case .choseModels(let kinds, let reason):
      say(
        "learning \(kinds[0])"
          + (kinds.count > 1 ? ", which ranks, and \(kinds[1]), which predicts ratings" : "")
          + ": \(reason) (--model chooses another)")
    case .tuning(let kind, let options):
      say("searching \(options.joined(separator: " and ")) of \(kind)")
    case .tried(let trial, let isBest):
      if isBest { say("tried \(trial.words)") } else { draw("tried \(trial.words)") }
    case .tuned(let tuned):
      say(tuned.words)
    case .resuming:
      say("resuming from the checkpoint")
    case .nothingToResume:
      say("there is no checkpoint to resume from: starting at the beginning")
    case .leavesCheckpoint:
      say("the checkpoint of an interrupted training stays: its own --model resumes from it")
    case .endedEarly(let epoch, let best):
      say("stopped after epoch \(epoch): no better since epoch \(best)")
    case .keptEpoch(let epoch):
      say("kept the model of epoch \(epoch)")
    case .judgedFold(let number, let count, let seconds):
      say("fold \(number) of \(count) in \(Self.format(seconds))")
    case .learning(let kind):
      say("learning \(kind)")
    case .refitting(let kind, let ratings):
      say("refitting \(kind ?? "it") to all \(ratings) ratings")
    case .coldItems(let count, let source, let unknown, let first):
      if let first {
        warn(
          "\(unknown) ids in \(source) are not items of the store, such as \(Excerpt.of(first)): they are left out"
        )
      }
      say("\(count) items without ratings are known by \(source)")
    case .addedColdItems(let kind, let count, let learnedFrom, let explained):
      say(
        "\(kind): added \(count) items without ratings; content explains "
          + "\(String(format: "%.1f", 100 * explained)) % of the differences between the "
          + "\(learnedFrom) rated ones")
    case .notRecorded(let problem):
      say("the run is not recorded in the store: \(problem)")
    case .wrote(let version): onVersion?(version)
    case .unfinished(let run, let mayServe):
      if let versions { concludeUnfinished(run, mayServe: mayServe, versions) }
    case .warning(let warning):
      warn(Self.words(for: warning))
    }
  }

  /// Reports the state of a version after a failure that followed its writing.
  private func concludeUnfinished(_ run: TrainingRun, mayServe: Bool, _ versions: ModelVersions) {
    guard let version = run.version else { preconditionFailure("a version without a number") }
    let written = "wrote version \(version) of \(run.modelName)"
    let promotion = versions.command("models promote \(version)")
    switch run.outcome {
    case .published:
      conclude(
        "\(written) and put it in service, which a power cut may undo; once the problem is fixed: "
          + promotion)
    case .refused:
      conclude("\(written), and did not put it in service: \(run.note)")
    case .written where mayServe:
      conclude(
        "\(written), and could not put it in service; once the problem is fixed: \(promotion)")
    case .written, .unchanged, .failed:
      conclude("\(written), which a power cut may undo")
    }
  }

  static func words(for warning: JobWarning) -> String {
    switch warning {
    case .forgottenUsers(let count, let all, let isQuery):
      return
        "\(count) of the \(all) users \(count == 1 ? "was" : "were") forgotten, and the model will "
        + "know them again: take them out of "
        + (isQuery ? "the tables that the query reads" : "the store with `latent forget`")
    case .option(let warning):
      return "--\(warning.option) \(warning.text)"
    case .nothingHeldOut(let ratings, let split):
      return "nothing was held out: the model was not judged, as there are too few ratings "
        + "(\(ratings)) for --split \(split)"
    case .replacesCheckpoint(let obstacle):
      return "the checkpoint of an interrupted training is not used, and will be replaced: "
        + (obstacle?.problem ?? "--resume would use it")
    case .damagedInService(let standIn, let isCompared, let flaw):
      let problem = "the model in service is damaged"
      guard isCompared else { return "\(problem): \(flaw)" }
      return standIn.map {
        "\(problem), and the new one is compared with version \($0), used in its place: \(flaw)"
      } ?? "\(problem), and no earlier version is intact to compare with: \(flaw)"
    case .seen(let seen) where seen.count == seen.all:
      return
        "\(seen.words), which flatters it. "
        + (seen.remedy.map { "\($0) " } ?? "")
        + "To replace it without a comparison, leave out --unless-worse once: later versions can "
        + "then be compared."
    case .seen(let seen):
      return
        "\(seen.words). The two are compared on the other \(seen.all - seen.count); "
        + "its row in the table is for all, which flatters it.\(seen.remedy.map { " " + $0 } ?? "")"
    case .leftOut(let seen):
      return
        "\(seen.words). These are left out: the evaluation uses the other \(seen.all - seen.count)."
    case .idleTransform(let kind):
      return
        "--transform does nothing: \(kind) uses which items were rated, not the values of ratings; "
        + "implicit-als uses the values with --confidence value or log"
    case .otherTransform(let name):
      return "\(name) was trained with another --transform: only its lists are compared"
    case .overruled(.baseline(let reason)):
      return "worse than a baseline, and put in service anyway (--force): \(reason)"
    case .overruled(.predictions(let reason)):
      return "\(reason). Train with --predictor to have both."
    case .overruled(.fewUsers(let reason)):
      return "put in service on little evidence: \(reason)"
    case .overruled(.age(let reason)):
      return "worse, and put in service anyway, as the one there is older than --max-age: "
        + reason
    case .notRecorded(let problem):
      return "the run is not recorded in the store: \(problem)"
    case .knowsNobody(let name):
      return
        "\(name) knows none of the users, or none of the items, of these ratings: is --store the one that "
        + "it was trained from?"
    case .nothingToSearch(let kind, let areGiven):
      return "--tune has nothing to search: "
        + (areGiven
          ? "every option of \(kind) that it would search is given"
          : "\(kind) has no options to search")
    }
  }
}

extension JobError {
  /// The failure in words, with the options that remedy it.
  var words: CommandFailure {
    switch code {
    case .emptyStore:
      CommandFailure(
        "\(place) has no ratings",
        remedy: "Import some with `latent import`, or name their table with --ratings-query.")
    case .emptyQuery:
      CommandFailure("\(problem) in \(place)", remedy: remedy)
    case .nothingHeldOut:
      CommandFailure(
        "--\(place) \(problem), and --unless-worse has nothing to judge by",
        remedy:
          "There are too few ratings for this split: import more, or leave --unless-worse out.")
    case .nothingToSearchBy:
      CommandFailure(
        "\(place) \(problem), and --tune has nothing to search by",
        remedy: "There are too few ratings for it: import more, or leave --tune out.")
    case .noPlace:
      CommandFailure("\(place): \(problem)", remedy: "\(remedy) The option is --resume.")
    case .badStart:
      CommandFailure("--from: \(place) \(problem)", remedy: remedy)
    case .badRefit:
      CommandFailure("\(place): \(problem)", remedy: "\(remedy) That is --no-refit.")
    case .outOfMemoryToRefit:
      CommandFailure("\(place) \(problem)", remedy: "\(remedy) Or leave it out: --no-refit.")
    case .badContent:
      CommandFailure("--cold-items: \(place): \(problem)", remedy: remedy)
    case .outOfMemory:
      CommandFailure("\(place) \(problem)", remedy: remedy)
    }
  }
}

extension OptionTrial {
  /// The trial and its result in words.
  var words: String {
    let part = share < 1 ? " (of \(String(format: "%.2g", share)) of the passes)" : ""
    let result = value.map { "\(metric) \(String(format: "%.4f", $0))\(part)" }
    return "\(Self.words(for: options)): \(result ?? "nothing learned"), "
      + TrainingDisplay.format(seconds)
  }

  /// Returns options with their values in words.
  static func words(for options: [String: String]) -> String {
    guard !options.isEmpty else { return "the defaults" }
    return options.sorted { $0.key < $1.key }.map { "--\($0.key) \($0.value)" }
      .joined(separator: " ")
  }
}

extension TunedPart {
  /// The result of a search in words.
  var words: String {
    let tried = "after \(trialCount) trials"
    guard !options.isEmpty else {
      return "kept the defaults of \(kind): nothing was better \(tried)"
    }
    let gain = [usual, best].map { $0.map { String(format: "%.4f", $0) } ?? "nothing" }
    return
      "chose \(OptionTrial.words(for: options)) of \(kind) \(tried): \(metric) \(gain[1]), "
      + "with the defaults \(gain[0])"
      + (options == triedOptions
        ? "" : "; what follows from the number of ratings was scaled to all of them")
  }
}

extension SeenRatings {
  /// The ratings that were seen, in words, without a full stop.
  fileprivate var words: String {
    let ratings = count == all ? "all \(all)" : "\(count) of the \(all)"
    let cause =
      split["split"] == "none"
      ? "was trained on all ratings (\(options))"
      : isSameSplit
        ? "was trained when there were fewer ratings" : "was trained with \(options)"
    return "\(name) \(cause) and has learned from \(ratings) ratings that are held out here"
  }

  /// How to compare on all held-out ratings; nil if nothing helps.
  fileprivate var remedy: String? {
    isSameSplit || split["split"] == "none" ? nil : "To compare by all, train with \(options)."
  }

  /// The split's options as typed on a command line.
  private var options: String {
    let seed = split["split-seed"] ?? "0"
    return "--split \(split["split"] ?? "none")" + (seed == "0" ? "" : " --split-seed \(seed)")
  }
}
