package import Evaluation
package import Interactions
import ModelRegistry
package import Recommenders
package import Trainers

/// The models compared in a training, with their training times.
package struct JudgedModels: Sendable {
  package private(set) var comparison = ModelComparison([])
  /// Wall-clock seconds of training by model; none for a model that was not trained in this run.
  package private(set) var fitSeconds: [String: Double] = [:]
  /// Wall-clock seconds of refitting to all ratings, by model; none without refitting.
  package private(set) var refitSeconds: [String: Double] = [:]
  /// The models by name, except the baselines, which would have to be held in memory.
  package private(set) var models: [String: any ScoredModel] = [:]
  let threadCount: Int

  /// Creates a collection without models.
  package init(threadCount: Int) { self.threadCount = threadCount }

  /// Judges a model on the held-out part of `ratings`, by `metrics`.
  package mutating func judge(
    _ name: String, _ model: any ScoredModel, on ratings: SplitRatings,
    by metrics: [Metric] = Metric.all, fitSeconds: Double? = nil
  ) {
    add(name, model, on: ratings, by: metrics, fitSeconds: fitSeconds)
    models[name] = model
  }

  /// Records the time that refitting a model took.
  mutating func noteRefit(_ name: String, seconds: Double) { refitSeconds[name] = seconds }

  private mutating func add(
    _ name: String, _ model: any ScoredModel, on ratings: SplitRatings,
    by metrics: [Metric] = Metric.all, fitSeconds: Double?
  ) {
    let report = ModelReport(
      name: name, model: model, ratings: ratings, metrics: metrics, threadCount: threadCount)
    comparison = ModelComparison(comparison.reports + [report])
    self.fitSeconds[name] = fitSeconds
  }

  /// Trains and judges all baselines except those of the given kinds, each through the bytes of its file.
  /// Does nothing if no ratings are held out.
  package mutating func judgeBaselines(
    except kinds: [String], on ratings: SplitRatings, _ summary: DataSummary, seed: UInt64
  ) throws {
    guard ratings.heldOut.count > 0 else { return }
    let baselines = try FittedBaseline.all(
      except: kinds, on: ratings, summary, seed: seed, threadCount: threadCount)
    for baseline in baselines {
      add(baseline.name, baseline.model, on: ratings, fitSeconds: baseline.fitSeconds)
    }
  }

  /// Returns all figures for the record of a run. Those of the version's parts are named by metric, where
  /// prediction errors are the predictor's. Those of other models have the model's name as a prefix.
  func figures(of parts: [VersionPart]) -> [String: TrainingRun.Figure] {
    var figures = comparison.figures(main: parts[0].kind)
    guard let predictor = parts.first(where: { $0.role == .predictor }) else { return figures }
    for metric in comparison.metrics where metric.isOfPredictions {
      figures[metric.name] = figures["\(predictor.kind).\(metric.name)"]
    }
    return figures
  }

  /// Returns the report of the model called `name`; nil if there is none.
  package func report(of name: String) -> ModelReport? {
    comparison.reports.first { $0.name == name }
  }

  /// The reports of the baselines judged.
  package var baselines: [ModelReport] {
    TrainerRegistry.baselines.compactMap { report(of: $0.name) }
  }
}
