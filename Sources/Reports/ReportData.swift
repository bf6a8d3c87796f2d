package import Evaluation
package import Interactions
package import ModelRegistry
package import Ratings
package import Recommenders

/// The data of a report: a model, evaluated beside others on the same held-out ratings.
package struct ReportData: Sendable {
  /// One of the models.
  package struct Subject: Sendable {
    let answers: ModelAnswers
    let model: any ScoredModel
    /// The rating predictor that accompanies a ranking model; nil if there is none.
    let predictor: (any ScoredModel)?
    /// The metrics on all held-out ratings.
    let report: ModelReport

    package init(
      _ answers: ModelAnswers, model: any ScoredModel, predictor: (any ScoredModel)? = nil
    ) {
      self.answers = answers
      self.model = model
      self.predictor = predictor
      report = answers.report()
    }

    /// The name of the model.
    package var name: String { answers.name }
  }

  let title: String
  /// Names and values for the top of the page.
  let facts: [(name: String, value: String)]
  let ratings: SplitRatings
  let items: [ItemID: Item]
  /// The model that the page is about, and those it is compared with.
  let subject: Subject
  let others: [Subject]
  /// The slices by which metrics are broken down.
  let slices: [Slice]
  /// The losses of each model trained in epochs, by kind.
  let losses: [String: [EpochLosses]]
  let threadCount: Int

  package init(
    title: String, facts: [(name: String, value: String)], ratings: SplitRatings,
    items: [ItemID: Item], subject: Subject, others: [Subject], slices: [Slice],
    losses: [String: [EpochLosses]] = [:], threadCount: Int
  ) {
    self.title = title
    self.facts = facts
    self.ratings = ratings
    self.items = items
    self.subject = subject
    self.others = others
    self.slices = slices
    self.losses = losses
    self.threadCount = threadCount
  }

  /// Returns the display name of an item: its title, or else its id.
  func title(of item: ItemID) -> String { items[item]?.title ?? item.description }
}
