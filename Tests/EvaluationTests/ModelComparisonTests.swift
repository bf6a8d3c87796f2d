import Evaluation
import Testing

@Suite struct ModelComparisonTests {
  @Test func reportsAndComparisonsNameTheirFigures() throws {
    let judged = try JudgedModels()
    let reports = try [("main", judged.ownModel()), ("in service", judged.foreignModel())].map {
      ModelReport(name: $0.0, model: $0.1, ratings: judged.ratings, threadCount: 2)
    }
    for report in reports {
      #expect(Set(report.figures.keys) == Set(Metric.allCases.map(\.name)))
      for metric in Metric.allCases { #expect(report.figures[metric.name] == report[metric]) }
    }
    let comparison = ModelComparison(reports)
    #expect(comparison.metrics == Metric.allCases)
    let figures = comparison.figures(main: "main")
    #expect(figures.count == 2 * Metric.allCases.count)
    #expect(figures["rmse"] == reports[0][.rmse])
    #expect(figures["in service.ndcg@10"] == reports[1][.ndcgAt10])
    for metric in Metric.allCases {
      let values = reports.compactMap { $0[metric] }
      let best = try #require(comparison.best(by: metric)?[metric])
      #expect(values.allSatisfy { !metric.isBetter($0, than: best) })
    }
  }

  @Test func withoutFiguresNothingIsBest() {
    let comparison = ModelComparison([ModelReport(name: "x", errors: nil, ranking: nil)])
    #expect(comparison.metrics.isEmpty)
    #expect(comparison.best(by: .rmse) == nil)
    #expect(comparison.figures(main: "x").isEmpty)
  }

  @Test func metricsAreKnownByTheirNames() {
    #expect(Metric(rawValue: "ndcg@10") == .ndcgAt10)
    #expect(Metric(rawValue: "precision") == nil)
  }

  @Test func aMetricKnowsWhichOfTwoFiguresIsBetter() {
    #expect(Metric.allCases.filter { $0.better == .lower } == [.mse, .rmse, .mae])
    for metric in Metric.allCases {
      #expect(metric.isBetter(0.1, than: 0.2) == (metric.better == .lower))
      #expect(metric.isBetter(0.2, than: 0.1) == (metric.better == .higher))
      #expect(!metric.isBetter(0.1, than: 0.1))
      for infinite in [Double.nan, .infinity, -.infinity] {
        #expect(metric.isBetter(0.1, than: infinite))
        #expect(!metric.isBetter(infinite, than: 0.1) && !metric.isBetter(infinite, than: .nan))
      }
    }
  }
}
