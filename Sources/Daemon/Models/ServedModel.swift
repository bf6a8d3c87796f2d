package import ModelRegistry
import Recommenders

/// A model in service, of whichever kind. Each version is one value, which a request sees from start to
/// end; the last request to let go of it closes its file.
package final class ServedModel: Sendable {
  /// What INFO and the log say of the model.
  package let facts: ModelFacts
  /// What commands ask: of a model of ratings ``Recommenders/RecommenderQueries``, of any other the
  /// model itself.
  package let queries: any AnyObject & Sendable
  /// Whether it is asked with data that a request brings (``LineProtocol/CommandDescription/takesData``).
  package let takesData: Bool
  private let prepareQueries: @Sendable () -> Void

  /// A model that is asked by `queries`, and with data where it `takesData`, of which `facts` are said; `prepare` makes them fast.
  package init(
    _ queries: any AnyObject & Sendable, facts: ModelFacts, takesData: Bool = false,
    prepare: @escaping @Sendable () -> Void = {}
  ) {
    self.queries = queries
    self.facts = facts
    self.takesData = takesData
    prepareQueries = prepare
  }

  /// `model` as it is served, with the one that predicts beside it, where there is one. Reads nothing.
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

  /// Reads once what makes look-ups fast from the first. Blocks.
  package func prepare() { prepareQueries() }
}

/// What is known of a model in service.
package struct ModelFacts: Sendable, Equatable {
  /// How many there are of something that a model knows.
  package struct Count: Sendable, Equatable {
    /// Of what: `users`.
    package let name: String
    package let count: Int
  }

  /// What a model was found to be worth by a metric, when the version was judged.
  package struct Figure: Sendable, Equatable {
    /// The metric: `rmse`, `ndcg@10`.
    package let metric: String
    /// The model that it is the figure of, where that is one that this one was compared with: `popularity`.
    package let model: String?
    package let value: Double
  }

  /// The name that its versions stand under.
  package let name: String
  /// The version's number.
  package let version: Int
  /// How the model was learned: `dot-bias`, `popularity` ...
  package let kind: String
  /// How the one was learned that predicts ratings beside it; nil without one.
  package let predictorKind: String?
  /// SHA-256 of the file that it is served from, in hexadecimal; nil where that is not known.
  package let sha256: String?
  /// What the model tells of itself in whole numbers: its users, items, factors ...
  package let counts: [Count]
  /// When the version was written, in ISO 8601, UTC.
  package let createdAt: String
  /// When its training began, in ISO 8601, UTC: it has not learned what was left later.
  package let trainedAt: String
  /// When it was put in service, in ISO 8601, UTC; nil when that is not recorded.
  package let inServiceSince: String?
  /// What it was judged to be worth, and what it was compared with was.
  package var figures: [Figure] = []
  /// How many of its items lists may hold; nil where they may hold all.
  package var availableItemCount: Int?

  /// What is known of `model`, and the `predictor` beside it, as a `version` of `name`.
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

  /// Takes over what `run` measured by its main metrics, in their order; what is not finite is left out.
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
