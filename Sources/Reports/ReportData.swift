package import Evaluation
package import Interactions
package import ModelRegistry
package import Ratings
package import Recommenders

/// What a page of a report is about: a model, judged beside others on the same held-out ratings.
package struct ReportData: Sendable {
  /// One of the models.
  package struct Subject: Sendable {
    let answers: ModelAnswers
    let model: any ScoredModel
    /// The one that predicts ratings beside one that ranks; nil where there is none.
    let predictor: (any ScoredModel)?
    /// On all held-out ratings.
    let report: ModelReport

    package init(
      _ answers: ModelAnswers, model: any ScoredModel, predictor: (any ScoredModel)? = nil
    ) {
      self.answers = answers
      self.model = model
      self.predictor = predictor
      report = answers.report()
    }

    /// What it is called.
    package var name: String { answers.name }
  }

  let title: String
  /// What there is to know beforehand: names and values.
  let facts: [(name: String, value: String)]
  let ratings: SplitRatings
  let items: [ItemID: Item]
  /// The one that the page is about, and those beside it.
  let subject: Subject
  let others: [Subject]
  /// What figures are told apart by.
  let slices: [Slice]
  /// How the losses of each model went that was learned in passes, by its kind.
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

  /// What people call an item: its title, else its id.
  func title(of item: ItemID) -> String { items[item]?.title ?? item.description }
}
