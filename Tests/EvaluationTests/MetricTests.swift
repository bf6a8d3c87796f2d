import Evaluation
import Foundation
import Interactions
import ModelRegistry
import TestEnvironment
import Testing

/// Tests the metric registry and what a metric's declaration determines.
@Suite struct MetricTests {
  @Test func reportsAndComparisonsNameTheirFigures() throws {
    let judged = try JudgedModels()
    let reports = try [("main", judged.ownModel()), ("in service", judged.foreignModel())].map {
      ModelReport(name: $0.0, model: $0.1, ratings: judged.ratings, threadCount: 2)
    }
    let comparison = ModelComparison(reports)
    #expect(comparison.metrics == Metric.all)
    let figures = comparison.figures(main: "main")
    #expect(figures.count == 2 * Metric.all.count)
    for metric in Metric.all {
      #expect(figures[metric.name]?.value == reports[0][metric])
      #expect(figures["in service." + metric.name]?.value == reports[1][metric])
      #expect(figures[metric.name]?.better == metric.better)
    }
  }

  @Test func withoutHeldOutRatingsThereAreNoFigures() throws {
    let judged = try JudgedModels(split: .none)
    let report = ModelReport(
      name: "x", model: try judged.ownModel(), ratings: judged.ratings, threadCount: 1)
    #expect(Metric.all.allSatisfy { report[$0] == nil })
    #expect(ModelComparison([report]).metrics.isEmpty)
    #expect(ModelComparison([report]).figures(main: "x").isEmpty)
  }

  /// Metrics defined only in this test are measured, compared and recorded like those of the registry. The lists are as
  /// long as the longest metric needs.
  @Test func aMetricIsItsDeclaration() throws {
    let farOff = Metric(
      "far@1", better: .lower, ofErrors: { abs($0) > 1 ? 1 : 0 })
    let places = Metric("places@33", better: .higher, ofLists: 33) {
      Double($0.items.count)
    }
    let judged = try JudgedModels()
    let metrics = [places, .mapAt10, farOff]
    let report = ModelReport(
      name: "own", model: try judged.ownModel(), ratings: judged.ratings, metrics: metrics,
      threadCount: 2)
    #expect(report[places] == 33)
    let fraction = try #require(report[farOff])
    #expect(fraction > 0 && fraction < 1)
    #expect(report[.mse] == nil)
    let comparison = ModelComparison([report], by: metrics)
    #expect(comparison.metrics == metrics)
    #expect(Set(comparison.figures(main: "own").keys) == ["places@33", "map@10", "far@1"])
  }

  @Test func metricsAreKnownByTheirNames() {
    for metric in Metric.detailed { #expect(Metric(named: metric.name) == metric) }
    #expect(Set(Metric.detailed.map(\.name)).count == Metric.detailed.count)
    #expect(Metric(named: "precision") == nil)
  }

  @Test func aMetricKnowsWhichOfTwoFiguresIsBetter() {
    #expect(Metric.all.filter { $0.better == .lower } == [.mse, .rmse, .mae])
    for metric in Metric.all {
      #expect(metric.isBetter(0.1, than: 0.2) == (metric.better == .lower))
      #expect(metric.isBetter(0.2, than: 0.1) == (metric.better == .higher))
      #expect(!metric.isBetter(0.1, than: 0.1))
      for infinite in [Double.nan, .infinity, -.infinity] {
        #expect(metric.isBetter(0.1, than: infinite))
        #expect(!metric.isBetter(infinite, than: 0.1) && !metric.isBetter(infinite, than: .nan))
      }
    }
  }

  @Test func theReadmeShowsAllOfThem() throws {
    let readme = try String(contentsOfFile: ProjectFolder.path + "/README.md", encoding: .utf8)
    let heading = ["model"] + Metric.all.map(\.name) + ["fit", "seconds"]
    let tables = readme.split(separator: "\n").filter {
      $0.hasPrefix("    model ") && $0.hasSuffix("fit seconds")
    }
    #expect(!tables.isEmpty)
    for table in tables {
      #expect(table.split(separator: " ").map(String.init) == heading)
    }
  }
}
