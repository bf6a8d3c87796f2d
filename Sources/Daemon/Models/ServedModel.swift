package import ModelRegistry
import Recommenders

/// A model in service, of any kind. Each version is one value, which a request sees from start to end; the last request
/// to release it closes its file.
package final class ServedModel: Sendable {
  /// What INFO and the log report about the model.
  package let facts: ModelFacts
  /// What commands query: ``Recommenders/RecommenderQueries`` for a model of ratings, the model itself for any other.
  package let queries: any AnyObject & Sendable
  /// Whether it is queried with data from requests (``LineProtocol/CommandDescription/takesData``).
  package let takesData: Bool
  private let prepareQueries: @Sendable () -> Void

  /// Creates a model queried through `queries`, with data if it `takesData`, and described by `facts`; `prepare` makes
  /// queries fast.
  package init(
    _ queries: any AnyObject & Sendable, facts: ModelFacts, takesData: Bool = false,
    prepare: @escaping @Sendable () -> Void = {}
  ) {
    self.queries = queries
    self.facts = facts
    self.takesData = takesData
    prepareQueries = prepare
  }

  /// Creates the served form of `model`, with the predictor beside it, if there is one. Reads nothing.
  package convenience init(
    of model: any PublishedModel, predictor: (any PublishedModel)? = nil, facts: ModelFacts
  ) {
    guard let ratings = model as? any ScoredModel else {
      self.init(model, facts: facts, takesData: model.takesData) { model.prepare() }
      return
    }
    let queries = RecommenderQueries(
      Recommender(model: ratings), predictor: predictor as? any ScoredModel)
    self.init(queries, facts: facts) { queries.prepare() }
  }

  /// Reads once what makes look-ups fast from the first on. Blocks.
  package func prepare() { prepareQueries() }
}

/// The facts about a model in service.
package struct ModelFacts: Sendable, Equatable {
  /// The number of something that a model knows.
  package struct Count: Sendable, Equatable {
    /// What is counted: `users`.
    package let name: String
    package let count: Int
  }

  /// The value of a metric for a model, from when the version was evaluated.
  package struct Figure: Sendable, Equatable {
    /// The metric: `rmse`, `ndcg@10`.
    package let metric: String
    /// The model that the value is for, if it is one that this one was compared with: `popularity`.
    package let model: String?
    package let value: Double
  }

  /// The name that its versions belong to.
  package let name: String
  /// The version's number.
  package let version: Int
  /// The kind of the model: `dot-bias`, `popularity` ...
  package let kind: String
  /// The kind of the model that predicts ratings beside it; `nil` without one.
  package let predictorKind: String?
  /// The SHA-256 digest of the file it is served from, in hexadecimal; `nil` if unknown.
  package let sha256: String?
  /// The model's own figures in whole numbers: its users, items, factors ...
  package let counts: [Count]
  /// When the version was written, in ISO 8601, UTC.
  package let createdAt: String
  /// When its training began, in ISO 8601, UTC: it has not learned from later ratings.
  package let trainedAt: String
  /// When it was put in service, in ISO 8601, UTC; `nil` if not recorded.
  package let inServiceSince: String?
  /// The evaluation results of the model, and of those it was compared with.
  package var figures: [Figure] = []
  /// The number of its items that lists may hold; `nil` for all.
  package var availableItemCount: Int?

  /// Creates the facts about `model`, and the `predictor` beside it, as a `version` of `name`.
  package init(
    of model: any PublishedModel, predictor: (any PublishedModel)? = nil, name: String,
    version: Int, sha256: String? = nil, createdAt: String, trainedAt: String? = nil,
    inServiceSince: String?
  ) {
    self.init(
      name: name, version: version, kind: model.kind, predictorKind: predictor?.kind,
      sha256: sha256,
      counts: model.facts.compactMap { fact in
        if case .integer(let count) = fact.value {
          Count(name: fact.name, count: count)
        } else {
          nil
        }
      }, createdAt: createdAt, trainedAt: trainedAt, inServiceSince: inServiceSince)
  }

  /// Takes over the values of the main metrics of `run`, in their order; values that are not finite are left out.
  mutating func noteFigures(of run: TrainingRun) {
    figures = run.mainMetrics.flatMap { metric in
      run.metrics.filter {
        ($0.key == metric || $0.key.hasSuffix(".\(metric)")) && $0.value.value.isFinite
      }
      .sorted { $0.key.count < $1.key.count || $0.key.count == $1.key.count && $0.key < $1.key }
      .map { name, figure in
        Figure(
          metric: metric, model: name == metric ? nil : String(name.dropLast(metric.count + 1)),
          value: figure.value)
      }
    }
  }

  package init(
    name: String, version: Int, kind: String, predictorKind: String? = nil, sha256: String? = nil,
    counts: [Count] = [], createdAt: String, trainedAt: String? = nil,
    inServiceSince: String? = nil
  ) {
    self.name = name
    self.version = version
    self.kind = kind
    self.predictorKind = predictorKind
    self.sha256 = sha256
    self.counts = counts
    self.createdAt = createdAt
    self.trainedAt = trainedAt ?? createdAt
    self.inServiceSince = inServiceSince
  }
}
