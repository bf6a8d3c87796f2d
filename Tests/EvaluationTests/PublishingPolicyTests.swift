import Evaluation
import Testing

/// Which gates a model has to pass, and by which figures.
struct PublishingPolicyTests {
  private func report(_ name: String, mse: Double, ndcg: Double) -> ModelReport {
    ModelReport(name: name, figures: [.mse: mse, .rmse: mse.squareRoot(), .ndcgAt10: ndcg])
  }

  /// A model with the better lists, and the worse squared error.
  private var lister: ModelReport { report("dot-bias", mse: 0.9, ndcg: 0.3) }

  private func judge(
    _ policy: PublishingPolicy, _ candidate: ModelReport? = nil, isBaseline: Bool = false,
    valuesVary: Bool = true, inService: ModelReport? = nil
  ) -> QualityGate.Verdict {
    policy.judge(
      candidate ?? lister, isBaseline: isBaseline, valuesVary: valuesVary,
      against: [
        report("popularity", mse: 2, ndcg: 0.2), report("bias-only", mse: 0.8, ndcg: 0.1),
      ], inService: inService)
  }

  @Test func withoutAMetricTheValuesDecideWhichTheBaselinesAreComparedBy() {
    let refused = judge(PublishingPolicy())
    #expect(refused.isRefusal && refused.reason.contains("mse is 0.9, against 0.8 of the baseline"))
    #expect(!judge(PublishingPolicy(), valuesVary: false).isRefusal)
  }

  @Test func theMetricThatIsAskedForIsThatOfBothGates() {
    let policy = PublishingPolicy(by: .ndcgAt10, onlyIfBetter: true)
    let inService = report("in service", mse: 0.1, ndcg: 0.25)
    #expect(!judge(policy, inService: inService).isRefusal)
    let worse = judge(policy, report("dot-bias", mse: 0.1, ndcg: 0.15), inService: inService)
    #expect(worse.isRefusal)
    #expect(worse.reason.contains("ndcg@10 is 0.15, against 0.25 of the model in service"))
    #expect(worse.reason.contains("ndcg@10 is 0.15, against 0.2 of the baseline popularity"))
    #expect(!worse.reason.contains("mse"))
    // Constant values do not change what was asked for.
    #expect(judge(PublishingPolicy(by: .mse), valuesVary: false).isRefusal)
  }

  @Test func theUsualMetricAgainstTheModelInServiceIsRMSE() {
    let policy = PublishingPolicy(onlyIfBetter: true, evenIfWorseThanBaselines: true)
    let refused = judge(policy, inService: report("in service", mse: 0.25, ndcg: 0))
    #expect(refused.isRefusal && refused.reason.contains("against 0.5 of the model in service"))
    #expect(PublishingPolicy().qualityGate == nil)
  }

  /// A model that only ranks has no errors: its lists are what is compared, whatever it is held against.
  @Test func aModelThatPredictsNothingIsJudgedByItsLists() {
    let ranker = ModelReport(name: "implicit-als", figures: [.ndcgAt10: 0.4])
    let weak = ModelReport(name: "implicit-als", figures: [.ndcgAt10: 0.15])
    let policy = PublishingPolicy(onlyIfBetter: true)
    let predicting = report("in service", mse: 0.1, ndcg: 0.3)
    #expect(!judge(policy, ranker, inService: predicting).isRefusal)
    let refused = judge(policy, weak, inService: predicting)
    #expect(refused.isRefusal && refused.reason.contains("against 0.3 of the model in service"))
    #expect(refused.reason.contains("against 0.2 of the baseline popularity"))
    // And the other way round.
    #expect(judge(policy, predicting, inService: ranker).reason.contains("ndcg@10 is 0.3"))
    #expect(judge(PublishingPolicy(by: .rmse), ranker).isRefusal)
  }

  @Test func aBaselineIsNotHeldAgainstTheOthersNorIsWhatIsForced() {
    #expect(!judge(PublishingPolicy(), isBaseline: true).isRefusal)
    #expect(!judge(PublishingPolicy(evenIfWorseThanBaselines: true)).isRefusal)
    // But for the model in service, which forcing says nothing of.
    let policy = PublishingPolicy(onlyIfBetter: true, evenIfWorseThanBaselines: true)
    let inService = report("in service", mse: 0.1, ndcg: 1)
    #expect(judge(policy, inService: inService).isRefusal)
    #expect(judge(policy, isBaseline: true, inService: inService).isRefusal)
  }
}
