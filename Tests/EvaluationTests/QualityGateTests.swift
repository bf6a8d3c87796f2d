import Evaluation
import Testing

/// Better, or refused with both figures.
struct QualityGateTests {
  func passes(_ metric: Metric, _ candidate: Double?, _ inService: Double?) -> Bool {
    !QualityGate(metric).judge(candidate: candidate, inService: inService).isRefusal
  }

  @Test(arguments: [Metric.mse, .rmse, .mae])
  func errorsShouldBeLower(_ metric: Metric) {
    #expect(passes(metric, 0.8, 0.9))
    #expect(!passes(metric, 0.9, 0.8))
    #expect(!passes(metric, 0.9, 0.9))
  }

  @Test(arguments: [Metric.ndcgAt10, .recallAt20, .hitRateAt10, .coverageAt10])
  func qualitiesShouldBeHigher(_ metric: Metric) {
    #expect(passes(metric, 0.9, 0.8))
    #expect(!passes(metric, 0.8, 0.9))
    #expect(!passes(metric, 0.8, 0.8))
  }

  @Test(arguments: [Metric.rmse, .ndcgAt10])
  func whatIsNotFiniteNeverPasses(_ metric: Metric) {
    for candidate in [nil, Double.nan, .infinity, -.infinity] {
      for inService in [nil, Double.nan, .infinity, -.infinity, 0.5] {
        #expect(!passes(metric, candidate, inService))
      }
    }
    for inService in [nil, Double.nan, .infinity, -.infinity] {
      #expect(passes(metric, 0.5, inService))
    }
  }

  @Test func aTieIsRefusedAndCalledOne() {
    let verdict = QualityGate(.rmse).judge(candidate: 0.875, inService: 0.875)
    #expect(verdict.isRefusal)
    #expect(verdict.reason.hasPrefix("a tie: rmse is 0.875 of both models"))
  }

  @Test func aStandInIsNamedAndADamagedModelIsNotCalledNone() {
    let gate = QualityGate(.rmse)
    let refusal = gate.judge(candidate: 0.9, inService: 0.875, of: .standIn(3))
    #expect(refusal.isRefusal && refusal.reason.contains("0.875 of version 3, which stands in"))
    let none = gate.judge(candidate: 0.9, inService: nil, of: .none)
    #expect(!none.isRefusal && none.reason.hasSuffix("and the model in service is damaged"))
    let first = gate.judge(candidate: 0.9, inService: nil)
    #expect(!first.isRefusal && first.reason.hasSuffix("and no model is in service"))
  }

  @Test func aRefusalGivesBothFigures() {
    let verdict = QualityGate(.rmse).judge(candidate: 0.9125, inService: 0.875)
    #expect(verdict.isRefusal)
    #expect(verdict.reason.contains("rmse is 0.9125"))
    #expect(verdict.reason.contains("0.875 of the model in service"))
  }
}
