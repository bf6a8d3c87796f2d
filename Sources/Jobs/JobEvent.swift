package import Evaluation
package import Learning
package import ModelRegistry
package import Ratings
package import Trainers

/// What a job says while it runs: values, for the program to word.
package enum JobEvent: Sendable {
  /// So many ratings have been read so far.
  case reading(count: Int)
  /// All ratings have been read.
  case read(ratings: Int, items: Int, users: Int, store: String, seconds: Double)
  /// Values were taken to something else, which models learn and are judged by; what they predict is taken back.
  case transformed(ValueTransform)
  /// Models were chosen by the ratings, as none was named: what ranks and, where there is one, what
  /// predicts; and why.
  case choseModels([String], reason: String)
  /// Options are searched for a model of a kind.
  case tuning(kind: String, options: [String])
  /// Options were tried, which are the best so far for as many passes, or not.
  case tried(OptionTrial, isBest: Bool)
  /// The search for options of a model is over.
  case tuned(TunedPart)
  /// One of several models is being learned.
  case learning(kind: String)
  /// A fold of a cross-validation was learned for and judged.
  case judgedFold(number: Int, of: Int, seconds: Double)
  /// A training goes on from its checkpoint.
  case resuming
  /// There is no checkpoint to go on from.
  case nothingToResume
  /// A checkpoint of another training stays, as this trainer keeps none.
  case leavesCheckpoint
  /// Training ended early: nothing got better after `best`.
  case endedEarly(epoch: Int, best: Int)
  /// The model is that of an epoch before the last.
  case keptEpoch(Int)
  /// The judged model passed, and is fitted again to all ratings; `kind` is which, where there are several.
  case refitting(kind: String?, ratings: Int)
  /// So many items without ratings have content, in which `source` also has so many items that the store does not know.
  case coldItems(Int, source: String, unknown: Int, first: String?)
  /// Items without ratings were added to a model, by the content of so many rated ones, which explained that share of what tells
  /// items apart.
  case addedColdItems(kind: String, count: Int, learnedFrom: Int, explained: Double)
  /// A version was written, and may go in service next.
  case wrote(version: Int)
  /// The run is not recorded in a store that is only read from.
  case notRecorded(String)
  /// A version was written, and something failed behind that.
  case unfinished(TrainingRun, mayServe: Bool)
  /// Something that explains the outcome, or that the user may not have meant.
  case warning(JobWarning)
}

/// What a job warns of.
package enum JobWarning: Sendable {
  /// People who were forgotten are among those that were read.
  case forgottenUsers(count: Int, of: Int, isQuery: Bool)
  /// What the trainer has to say of its options for these ratings.
  case option(OptionWarning)
  /// No rating was held out: the model is not judged.
  case nothingHeldOut(ratings: Int, split: String)
  /// A checkpoint is there that was not asked for, and why it can't be gone on from; nil when it can.
  case replacesCheckpoint(TrainingError?)
  /// The model in service is damaged; `standIn` is compared with in its place, where there is to be a
  /// comparison.
  case damagedInService(standIn: Int?, isCompared: Bool, flaw: ModelFileError)
  /// The model that is compared with has learned from some of the held-out ratings: the two are compared by the
  /// others, unless there are none.
  case seen(SeenRatings)
  /// A version that is judged has learned from some of the held-out ratings, which are left out for all.
  case leftOut(SeenRatings)
  /// A version that is judged knows none of the users, or none of the items, by whose ratings it is.
  case knowsNobody(name: String)
  /// Values were to be taken to something else, and no model goes by them.
  case idleTransform(kind: String)
  /// The model that is compared with predicts other values: it is compared by its lists alone.
  case otherTransform(name: String)
  /// The model goes in service though something is better.
  case overruled(PublishingPolicy.Overruled)
  /// The run could not be recorded.
  case notRecorded(String)
  /// A search was asked for, and a model has no options to search, or all of them are given.
  case nothingToSearch(kind: String, areGiven: Bool)
}

/// Held-out ratings that a version has learned from, as it was trained with another split, or with one that holds
/// other ratings out as there are more of them.
package struct SeenRatings: Sendable {
  /// What the version is called.
  package let name: String
  /// How many of how many ratings.
  package let count: Int
  package let all: Int
  /// What was held out when the version was trained, as it was asked for, by the command line's names.
  package let split: [String: String]
  /// Whether that is the split that it is judged by now.
  package let isSameSplit: Bool
}
