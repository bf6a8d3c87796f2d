import Publishing
import Testing

/// Better, or refused with both figures.
struct QualityGateTests {
  func passes(_ metric: String, _ candidate: Double?, _ inService: Double?) throws -> Bool {
    let gate = try #require(QualityGate(metric: metric))
    switch gate.judge(candidate: candidate, inService: inService) {
    case .passes: return true
    case .refuses: return false
    }
  }

  @Test(arguments: ["mse", "rmse", "mae"])
  func errorsShouldBeLower(_ metric: String) throws {
    #expect(try passes(metric, 0.8, 0.9))
    #expect(try !passes(metric, 0.9, 0.8))
    #expect(try !passes(metric, 0.9, 0.9))
  }

  @Test(arguments: ["ndcg@10", "recall@20", "hitRate@10", "coverage", "ndcg"])
  func qualitiesShouldBeHigher(_ metric: String) throws {
    #expect(try passes(metric, 0.9, 0.8))
    #expect(try !passes(metric, 0.8, 0.9))
    #expect(try !passes(metric, 0.8, 0.8))
  }

  @Test(arguments: ["rmse", "ndcg@10"])
  func whatIsNotFiniteNeverPasses(_ metric: String) throws {
    for candidate in [nil, Double.nan, .infinity, -.infinity] {
      for inService in [nil, Double.nan, .infinity, -.infinity, 0.5] {
        #expect(try !passes(metric, candidate, inService))
      }
    }
    for inService in [nil, Double.nan, .infinity, -.infinity] {
      #expect(try passes(metric, 0.5, inService))
    }
  }

  @Test func aRefusalGivesBothFigures() throws {
    let gate = try #require(QualityGate(metric: "rmse"))
    guard case .refuses(let reason) = gate.judge(candidate: 0.9125, inService: 0.875) else {
      Issue.record("passed")
      return
    }
    #expect(reason.contains("rmse is 0.9125") && reason.contains("0.875 of the model in service"))
  }

  @Test(arguments: ["", "loss", "RMSE", "rmse2", "@10", "popularity.rmse"])
  func anUnknownFigureMakesNoGate(_ metric: String) {
    #expect(QualityGate(metric: metric) == nil)
  }

  @Test func allFiguresMakeAGate() {
    for metric in QualityGate.metrics { #expect(QualityGate(metric: metric) != nil) }
  }
}
