/// A trial of a search for options: the options, and the metric of a model trained with them.
package struct OptionTrial: Equatable, Sendable, Codable {
  /// The kind of model.
  package var kind: String
  /// The options, by command-line name; empty for the defaults.
  package var options: [String: String]
  /// The fraction of the passes over the data used for the trial.
  package var share: Double
  /// The metric, and its value on the part of the training data that the search held out; nil if nothing could be
  /// learned.
  package var metric: String
  package var value: Double?
  /// The duration in wall-clock seconds.
  package var seconds: Double

  package init(
    kind: String, options: [String: String], share: Double, metric: String, value: Double?,
    seconds: Double
  ) {
    self.kind = kind
    self.options = options
    self.share = share
    self.metric = metric
    self.value = value
    self.seconds = seconds
  }
}
