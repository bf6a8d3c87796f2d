import Evaluation
import TestEnvironment
import Testing

/// Tests that the gate refuses a model that is significantly worse, and reports both figures and the interval.
struct QualityGateTests {
  /// Returns a report with the given figures per user.
  static func report(
    _ metric: Metric, _ users: [Double], name: String = "x"
  ) -> ModelReport {
    ModelReport(name: name, sums: [metric: UserSums(users)])
  }

  private func judge(
    _ metric: Metric, _ candidate: [Double]?, _ other: [Double], margin: Double = 0
  ) -> QualityGate.Verdict {
    QualityGate(metric, margin: margin).judge(
      candidate.map { Self.report(metric, $0) }, against: Self.report(metric, other),
      called: "the model in service")
  }

  private func isRefused(_ metric: Metric, _ candidate: [Double]?, _ other: [Double]) -> Bool {
    judge(metric, candidate, other).isRefusal
  }

  @Test(arguments: [Metric.mse, .rmse, .mae])
  func errorsShouldNotBeHigher(_ metric: Metric) {
    #expect(!isRefused(metric, [0.8, 0.7, 0.8], [0.9, 0.8, 0.9]))
    #expect(isRefused(metric, [0.9, 0.8, 0.9], [0.8, 0.7, 0.8]))
    #expect(!isRefused(metric, [0.9, 0.8, 0.9], [0.9, 0.8, 0.9]))
  }

  @Test(arguments: [Metric.ndcgAt10, .recallAt20, .hitRateAt10])
  func qualitiesShouldNotBeLower(_ metric: Metric) {
    #expect(!isRefused(metric, [0.9, 0.8, 0.9], [0.8, 0.7, 0.8]))
    #expect(isRefused(metric, [0.8, 0.7, 0.8], [0.9, 0.8, 0.9]))
    #expect(!isRefused(metric, [0.9, 0.8, 0.9], [0.9, 0.8, 0.9]))
  }

  /// Some users gain and others lose: the lower mean may be due to chance.
  @Test func whatMayBeChanceIsLetPass() {
    var random = SplitMix64(seed: 2)
    let before = (0..<200).map { _ in Double.random(in: 0...1, using: &random) }
    let noisy = before.map { $0 - 0.001 + Double.random(in: -0.2...0.2, using: &random) }
    let worse = before.map { $0 - 0.05 + Double.random(in: -0.2...0.2, using: &random) }
    #expect(!isRefused(.ndcgAt10, noisy, before))
    let refused = judge(.ndcgAt10, worse, before)
    #expect(refused.isRefusal)
    #expect(refused.reason.contains(#/ndcg@10 is 0\.\d+, against 0\.\d+ of the model in service/#))
    #expect(
      refused.reason.contains(#/: worse by 0\.0\d+ \(0\.0\d+ to 0\.0\d+\)$/#), "\(refused.reason)")
    #expect(!judge(.ndcgAt10, worse, before, margin: 0.1).isRefusal)
  }

  @Test(arguments: [Metric.rmse, .ndcgAt10])
  func whatIsNotFiniteNeverPasses(_ metric: Metric) {
    for candidate in [nil, [Double.nan, 1], [.infinity, 1]] as [[Double]?] {
      for other in [[Double.nan, 1], [.infinity, 1], [0.5, 0.5]] {
        #expect(isRefused(metric, candidate, other))
      }
    }
    for other in [[Double.nan, 1], [.infinity, 1]] {
      #expect(!isRefused(metric, [0.5, 0.5], other))
    }
  }

  @Test func withoutAnIntervalTheFigureDecides() {
    #expect(isRefused(.ndcgAt10, [0.1], [0.2]) && !isRefused(.ndcgAt10, [0.2], [0.2]))
    func coverage(_ figure: Double) -> ModelReport {
      ModelReport(name: "x", sums: [:], figures: [.coverageAt10: figure])
    }
    let gate = QualityGate(.coverageAt10)
    #expect(gate.judge(coverage(0.1), against: coverage(0.2), called: "y").isRefusal)
    #expect(!gate.judge(coverage(0.3), against: coverage(0.2), called: "y").isRefusal)
  }

  @Test func severalVerdictsRefuseForTheReasonsOfThoseThatDo() {
    let good = judge(.rmse, [1, 1], [2, 2])
    let bad = judge(.mae, [2, 2], [1, 1])
    #expect(QualityGate.Verdict(of: [good]) == good && QualityGate.Verdict(of: [bad, good]) == bad)
    #expect(QualityGate.Verdict(of: [bad, bad]).reason == "\(bad.reason); and \(bad.reason)")
    #expect(!QualityGate.Verdict(of: []).isRefusal)
  }
}
