import Evaluation
import Testing

/// Worse than the best baseline is refused, by the figure that fits the ratings.
struct BaselineGateTests {
  private func judge(
    _ candidate: Double?, _ popularity: Double?, _ biasOnly: Double?, valuesVary: Bool
  ) -> QualityGate.Verdict {
    BaselineGate(valuesVary: valuesVary).judge(
      candidate: candidate, against: [("popularity", popularity), ("bias-only", biasOnly)])
  }

  @Test func valuesThatVaryAreJudgedBySquaredErrorAgainstTheBest() {
    #expect(!judge(0.6, 0.9, 0.7, valuesVary: true).isRefusal)
    #expect(!judge(0.7, 0.9, 0.7, valuesVary: true).isRefusal)
    let refused = judge(0.8, 0.9, 0.7, valuesVary: true)
    #expect(refused.isRefusal)
    #expect(
      refused.reason == "mse is 0.8, against 0.7 of the baseline bias-only; lower is better")
  }

  @Test func constantValuesAreJudgedByTheLists() {
    #expect(!judge(0.3, 0.2, 0.1, valuesVary: false).isRefusal)
    #expect(!judge(0.2, 0.2, 0.1, valuesVary: false).isRefusal)
    let refused = judge(0.15, 0.2, 0.1, valuesVary: false)
    #expect(refused.isRefusal)
    #expect(refused.reason.contains("ndcg@10 is 0.15, against 0.2 of the baseline popularity"))
  }

  @Test(arguments: [nil, Double.nan, .infinity])
  func whatIsNotMeasuredOrNotFiniteIsRefusedWhereABaselineIs(_ figure: Double?) {
    #expect(judge(figure, 1, nil, valuesVary: true).isRefusal)
    #expect(!judge(figure, nil, .nan, valuesVary: true).isRefusal)
  }

  @Test func severalGatesRefuseForTheReasonsOfThoseThatDo() {
    let good = QualityGate(.rmse).judge(candidate: 1, inService: 2)
    let bad = QualityGate(.mae).judge(candidate: 2, inService: 1)
    #expect(QualityGate.Verdict(of: [good]) == good && QualityGate.Verdict(of: [bad, good]) == bad)
    #expect(QualityGate.Verdict(of: [bad, bad]).reason == "\(bad.reason); and \(bad.reason)")
    #expect(!QualityGate.Verdict(of: []).isRefusal)
  }
}
