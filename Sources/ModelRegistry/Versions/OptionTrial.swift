/// Options that a search tried, and what a model was worth with them.
package struct OptionTrial: Equatable, Sendable, Codable {
  /// The kind of model.
  package var kind: String
  /// What was tried, by the command line's names; nothing for what is usual.
  package var options: [String: String]
  /// The share of the passes over the data that it was given.
  package var share: Double
  /// The metric, and the figure on the part of the training data that the search held out; nil where
  /// nothing could be learned.
  package var metric: String
  package var value: Double?
  /// Wall-clock seconds.
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
