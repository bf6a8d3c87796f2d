package import Evaluation
package import Learning
package import ModelRegistry
package import Ratings
package import Trainers

/// An event reported by a running job, as a value for the program to describe.
package enum JobEvent: Sendable {
  /// The number of ratings read so far.
  case reading(count: Int)
  /// All ratings have been read.
  case read(ratings: Int, items: Int, users: Int, store: String, seconds: Double)
  /// Values were transformed. Models learn and are judged by the transformed values; predictions are
  /// converted back.
  case transformed(ValueTransform)
  /// Models were chosen by the ratings, because none was named: a ranking model, a predictor if there is one,
  /// and the reason.
  case choseModels([String], reason: String)
  /// A hyperparameter search for a model of a kind begins.
  case tuning(kind: String, options: [String])
  /// Options were tried; `isBest` if they are the best so far for that number of passes.
  case tried(OptionTrial, isBest: Bool)
  /// The hyperparameter search for a model has ended.
  case tuned(TunedPart)
  /// One of several models is being trained.
  case learning(kind: String)
  /// The models for a fold of a cross-validation were trained and judged.
  case judgedFold(number: Int, of: Int, seconds: Double)
  /// A training resumes from its checkpoint.
  case resuming
  /// There is no checkpoint to resume from.
  case nothingToResume
  /// A checkpoint of another training is left, because this trainer keeps none.
  case leavesCheckpoint
  /// Training stopped early: there was no improvement after `best`.
  case endedEarly(epoch: Int, best: Int)
  /// The model is that of an earlier epoch than the last.
  case keptEpoch(Int)
  /// The judged model passed, and is being refitted to all ratings; `kind` if there are several models.
  case refitting(kind: String?, ratings: Int)
  /// The number of items without ratings that have content. `unknown` is the number of items in `source` that
  /// the store does not have.
  case coldItems(Int, source: String, unknown: Int, first: String?)
  /// Items without ratings were added to a model. `learnedFrom` is the number of rated items whose content
  /// was used, `explained` the share of the differences between items that it explains.
  case addedColdItems(kind: String, count: Int, learnedFrom: Int, explained: Double)
  /// A version was written, and may be put in service next.
  case wrote(version: Int)
  /// The run is not recorded, because the store is only read from.
  case notRecorded(String)
  /// A version was written, but a later step failed.
  case unfinished(TrainingRun, mayServe: Bool)
  /// A warning that explains the outcome, or concerns a probable mistake.
  case warning(JobWarning)
}

/// A warning of a job.
package enum JobWarning: Sendable {
  /// There are forgotten users among those read.
  case forgottenUsers(count: Int, of: Int, isQuery: Bool)
  /// The trainer's warning about its options for these ratings.
  case option(OptionWarning)
  /// No rating was held out, so the model is not judged.
  case nothingHeldOut(ratings: Int, split: String)
  /// An unrequested checkpoint exists and will be replaced. The error is why it can't be resumed; nil if it
  /// can.
  case replacesCheckpoint(TrainingError?)
  /// The model in service is damaged; if there is a comparison, it is with `standIn` instead.
  case damagedInService(standIn: Int?, isCompared: Bool, flaw: ModelFileError)
  /// The model compared with was trained on some of the held-out ratings. The comparison uses the others,
  /// unless there are none.
  case seen(SeenRatings)
  /// A judged version was trained on some of the held-out ratings, which are left out for all.
  case leftOut(SeenRatings)
  /// A judged version knows none of the users, or none of the items, of the ratings.
  case knowsNobody(name: String)
  /// A transform was requested, but no model uses the values.
  case idleTransform(kind: String)
  /// The model compared with predicts other values: only their lists are compared.
  case otherTransform(name: String)
  /// The model is put in service although something is better.
  case overruled(PublishingPolicy.Overruled)
  /// The run could not be recorded.
  case notRecorded(String)
  /// A search was requested, but a model has no searchable options, or all of them were given.
  case nothingToSearch(kind: String, areGiven: Bool)
}

/// Held-out ratings that a version was trained on. It was trained with another split, or with one that holds
/// out other ratings as their number grows.
package struct SeenRatings: Sendable {
  /// The version's name.
  package let name: String
  /// The number of these ratings, and of all held-out ratings.
  package let count: Int
  package let all: Int
  /// The split with which the version was trained, as requested, by command-line names.
  package let split: [String: String]
  /// Whether that is also the split by which it is judged now.
  package let isSameSplit: Bool
}
