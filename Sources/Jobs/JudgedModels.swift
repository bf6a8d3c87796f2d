package import Evaluation
package import Interactions
import ModelRegistry
package import Recommenders
package import Trainers

/// The models that a training compared, with the time each took to learn.
package struct JudgedModels: Sendable {
  package private(set) var comparison = ModelComparison([])
  /// Wall-clock seconds by model; none for one that was not learned in this run.
  package private(set) var fitSeconds: [String: Double] = [:]
  /// Wall-clock seconds of the second fit, to all ratings, by model; none without one.
  package private(set) var refitSeconds: [String: Double] = [:]
  /// By name, but the baselines, which would have to be held in memory.
  package private(set) var models: [String: any ScoredModel] = [:]
  let threadCount: Int

  /// Nothing judged yet.
  package init(threadCount: Int) { self.threadCount = threadCount }

  /// Judges a model on the held-out part of `ratings`, by `metrics`.
  package mutating func judge(
    _ name: String, _ model: any ScoredModel, on ratings: SplitRatings,
    by metrics: [Metric] = Metric.all, fitSeconds: Double? = nil
  ) {
    add(name, model, on: ratings, by: metrics, fitSeconds: fitSeconds)
    models[name] = model
  }

  /// Notes how long a model took to be fitted again.
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

  /// Learns and judges all baselines but those of the given kinds, each through the bytes of its file.
  /// Does nothing when nothing is held out.
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

  /// All figures for the record of a run: those of the version's parts by their metric's name, the errors
  /// those of the part that predicts; those of other models behind their names.
  func figures(of parts: [VersionPart]) -> [String: TrainingRun.Figure] {
    var figures = comparison.figures(main: parts[0].kind)
    guard let predictor = parts.first(where: { $0.role == .predictor }) else { return figures }
    for metric in comparison.metrics where metric.isOfPredictions {
      figures[metric.name] = figures["\(predictor.kind).\(metric.name)"]
    }
    return figures
  }

  /// What the model called `name` is worth; nil when there is none.
  package func report(of name: String) -> ModelReport? {
    comparison.reports.first { $0.name == name }
  }

  /// What the baselines are worth that were judged.
  package var baselines: [ModelReport] {
    TrainerRegistry.baselines.compactMap { report(of: $0.name) }
  }
}
