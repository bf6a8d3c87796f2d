package import ModelRegistry
import Recommenders

/// How models of a kind are served: what answers the requests about one that its registry has opened.
///
///     var watcher = ModelWatcher(versions, servings: [.recommenders, .images])
package struct ModelServing: Sendable {
  private let answers: @Sendable (any PublishedModel, ModelFacts) -> (any Answering)?

  /// A kind whose models `answers` makes answer, reading nothing; it returns nil of another kind's.
  package init(
    _ answers: @escaping @Sendable (any PublishedModel, ModelFacts) -> (any Answering)?
  ) {
    self.answers = answers
  }

  /// Models of ratings.
  package static let recommenders = ModelServing { model, facts in
    (model as? any ScoredModel).map { RecommenderAnswers(model: $0, facts: facts) }
  }

  /// What answers for `model`; nil where it is of another kind.
  func answering(for model: any PublishedModel, _ facts: ModelFacts) -> (any Answering)? {
    answers(model, facts)
  }
}
