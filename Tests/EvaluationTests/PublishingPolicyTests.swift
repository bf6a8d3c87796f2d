import Evaluation
import ModelRegistry
import Testing

/// Tests which models and metrics a candidate is compared with, and what is published regardless.
struct PublishingPolicyTests {
  private func report(
    _ name: String, rmse: Double, ndcg: Double, users: Int = 10
  ) -> ModelReport {
    func all(_ figure: Double) -> UserSums { UserSums(Array(repeating: figure, count: users)) }
    return ModelReport(name: name, sums: [.rmse: all(rmse * rmse), .ndcgAt10: all(ndcg)])
  }

  /// A model with better lists but greater errors.
  private var lister: ModelReport { report("dot-bias", rmse: 0.9, ndcg: 0.3) }

  private func judge(
    _ policy: PublishingPolicy, _ candidate: ModelReport?, by metric: Metric = .rmse,
    isBaseline: Bool = false, rivals: ModelReport..., age: Duration? = nil
  ) -> PublishingPolicy.Decision {
    policy.judge(
      PublishingPolicy.Comparison(
        of: candidate, by: metric, isBaseline: isBaseline,
        against: [
          report("popularity", rmse: 1.4, ndcg: 0.2), report("bias-only", rmse: 0.8, ndcg: 0.1),
        ], rivals: rivals.map { PublishingPolicy.Rival("the \($0.name)", $0) }, age: age))
  }

  @Test func withoutAMetricItIsTheUsualOne() {
    let refused = judge(PublishingPolicy(), lister).verdict
    #expect(refused.isRefusal)
    #expect(refused.reason.contains("rmse is 0.9, against 0.8 of the baseline bias-only"))
    #expect(!judge(PublishingPolicy(), lister, by: .ndcgAt10).verdict.isRefusal)
    #expect(Metric.usual(ranks: false, valuesVary: true) == .rmse)
    #expect(Metric.usual(ranks: true, valuesVary: true) == .ndcgAt10)
    #expect(Metric.usual(ranks: false, valuesVary: false) == .ndcgAt10)
  }

  @Test func theMetricThatIsAskedForIsThatOfAllComparisons() {
    let policy = PublishingPolicy(by: .ndcgAt10, comparesWithService: true)
    let inService = report("model in service", rmse: 0.1, ndcg: 0.25)
    #expect(!judge(policy, lister, rivals: inService).verdict.isRefusal)
    let worse = judge(policy, report("x", rmse: 0.1, ndcg: 0.15), rivals: inService).verdict
    #expect(worse.isRefusal)
    #expect(worse.reason.contains("ndcg@10 is 0.15, against 0.25 of the model in service"))
    #expect(worse.reason.contains("ndcg@10 is 0.15, against 0.2 of the baseline popularity"))
    #expect(!worse.reason.contains("rmse"))
  }

  /// Two models trained on different ratings are compared on the ratings that neither was trained on.
  @Test func aRivalMayBringThePartOfTheRatingsThatItIsComparedBy() {
    let policy = PublishingPolicy(comparesWithService: true)
    let flattered = report("x", rmse: 0.7, ndcg: 0.3)
    let rival = PublishingPolicy.Rival(
      "the other", report("other", rmse: 0.75, ndcg: 0.2),
      candidate: report("x", rmse: 0.9, ndcg: 0.1))
    let verdict = policy.judge(
      PublishingPolicy.Comparison(of: flattered, by: .rmse, against: [], rivals: [rival])
    ).verdict
    #expect(verdict.isRefusal && verdict.reason.contains("rmse is 0.9, against 0.75"))
  }

  @Test func predictionsAreNotLostInSilence() {
    let lost = PublishingPolicy().judgeLossOfPredictions(against: "the model in service")
    #expect(!lost.verdict.isRefusal && lost.overruled.count == 1)
    let refused = PublishingPolicy(comparesWithService: true, isForced: true)
      .judgeLossOfPredictions(against: "the model in service").verdict
    #expect(refused.isRefusal)
    #expect(refused.reason.contains("does not predict ratings, and the model in service does"))
  }

  @Test func noneOfTheRivalsMayBeBetter() {
    let policy = PublishingPolicy(comparesWithService: true)
    let good = report("x", rmse: 0.7, ndcg: 0.3)
    let (worse, better) = (report("a", rmse: 0.75, ndcg: 0), report("b", rmse: 0.6, ndcg: 0))
    #expect(!judge(policy, good, rivals: worse).verdict.isRefusal)
    let refused = judge(policy, good, rivals: worse, better).verdict
    #expect(refused.isRefusal && refused.reason.hasPrefix("rmse is 0.7, against 0.6 of the b"))
    #expect(!judge(PublishingPolicy(), good, rivals: better).verdict.isRefusal)
    let first = judge(policy, good).verdict
    #expect(!first.isRefusal && first.reason.contains("no earlier version to compare with"))
    #expect(judge(policy, nil, rivals: worse).verdict.isRefusal)
    let margin = PublishingPolicy(comparesWithService: true, margin: 0.2)
    #expect(!judge(margin, good, rivals: better).verdict.isRefusal)
    // The margin also applies to the baselines: 0.9 against 0.8.
    #expect(!judge(PublishingPolicy(margin: 0.11), lister).verdict.isRefusal)
    #expect(judge(PublishingPolicy(margin: 0.09), lister).verdict.isRefusal)
  }

  /// A ranking model has no errors to compare.
  @Test func modelsThatHaveNoErrorAreComparedByTheirLists() {
    let ranking = ModelReport(
      name: "ranking", sums: [.ndcgAt10: UserSums(Array(repeating: 0.4, count: 10))])
    let policy = PublishingPolicy(comparesWithService: true)
    let refused = judge(policy, report("x", rmse: 0.7, ndcg: 0.3), rivals: ranking).verdict
    #expect(refused.isRefusal && refused.reason.contains("ndcg@10 is 0.3, against 0.4"))
  }

  @Test func theOneInServiceIsReplacedOnceItIsTooOld() {
    let policy = PublishingPolicy(comparesWithService: true, mostAge: .seconds(100))
    let better = report("b", rmse: 0.6, ndcg: 0)
    let good = report("x", rmse: 0.7, ndcg: 0.3)
    for age in [nil, Duration.seconds(99)] {
      #expect(judge(policy, good, rivals: better, age: age).verdict.isRefusal)
    }
    let decision = judge(policy, good, rivals: better, age: .seconds(101))
    #expect(!decision.verdict.isRefusal)
    let isTold = decision.overruled.contains {
      if case .age(let reason) = $0 { reason.contains("worse by 0.1") } else { false }
    }
    #expect(isTold)
    // It must still be measured and beat the baselines.
    #expect(judge(policy, lister, rivals: better, age: .seconds(101)).verdict.isRefusal)
    #expect(judge(policy, nil, rivals: better, age: .seconds(101)).verdict.isRefusal)
  }

  @Test func aBaselineIsNotHeldAgainstTheOthersNorIsWhatIsForced() {
    #expect(!judge(PublishingPolicy(), lister, isBaseline: true).verdict.isRefusal)
    let forced = judge(PublishingPolicy(isForced: true), lister)
    #expect(!forced.verdict.isRefusal && forced.overruled.count == 1)
    // Except for the model in service: `isForced` does not skip that comparison.
    let policy = PublishingPolicy(comparesWithService: true, isForced: true)
    let inService = report("model in service", rmse: 0.1, ndcg: 1)
    #expect(judge(policy, lister, rivals: inService).verdict.isRefusal)
    #expect(judge(policy, lister, isBaseline: true, rivals: inService).verdict.isRefusal)
  }

  /// Nine users are no evidence: a comparison refuses the model; without one, the policy reports it.
  @Test func tooFewUsersAreNoEvidence() {
    let few = report("x", rmse: 0.7, ndcg: 0.3, users: 9)
    func isTold(_ decision: PublishingPolicy.Decision) -> Bool {
      decision.overruled.contains {
        if case .fewUsers(let reason) = $0 {
          reason.contains("measured on 9 users, and 10")
        } else {
          false
        }
      }
    }
    func judge(_ policy: PublishingPolicy, rivals: [ModelReport] = [], age: Duration? = nil)
      -> PublishingPolicy.Decision
    {
      policy.judge(
        PublishingPolicy.Comparison(
          of: few, by: .rmse, against: [report("bias-only", rmse: 0.8, ndcg: 0.1, users: 9)],
          rivals: rivals.map { PublishingPolicy.Rival("the \($0.name)", $0) }, age: age))
    }
    let rival = report("other", rmse: 0.75, ndcg: 0.2, users: 9)
    let compares = PublishingPolicy(comparesWithService: true, mostAge: .seconds(100))
    let refused = judge(compares, rivals: [rival])
    #expect(refused.verdict.isRefusal && refused.verdict.reason.contains("measured on 9 users"))
    #expect(!judge(compares).verdict.isRefusal && isTold(judge(compares)))
    #expect(!judge(PublishingPolicy()).verdict.isRefusal && isTold(judge(PublishingPolicy())))
    let old = judge(compares, rivals: [rival], age: .seconds(101))
    #expect(!old.verdict.isRefusal && isTold(old))
    let forced = judge(
      PublishingPolicy(comparesWithService: true, isForced: true), rivals: [rival])
    #expect(!forced.verdict.isRefusal && isTold(forced))
    // Nor are they evidence in favour of a baseline.
    let better = PublishingPolicy().judge(
      PublishingPolicy.Comparison(
        of: few, by: .rmse, against: [report("bias-only", rmse: 0.5, ndcg: 0.1, users: 9)]))
    #expect(!better.verdict.isRefusal && isTold(better))
    // The same holds for the users with ratings that a rival was not trained on.
    let unseen = PublishingPolicy.Rival("the other", rival, candidate: few)
    let apart = compares.judge(
      PublishingPolicy.Comparison(
        of: report("x", rmse: 0.7, ndcg: 0.3), by: .rmse, against: [], rivals: [unseen]))
    #expect(apart.verdict.isRefusal && apart.verdict.reason.contains("measured on 9 users"))
  }

  @Test func whereNothingIsMeasuredTheBaselinesRefuseNothing() {
    let comparison = PublishingPolicy.Comparison(of: nil, by: .rmse, against: [])
    #expect(!PublishingPolicy().judge(comparison).verdict.isRefusal)
    #expect(judge(PublishingPolicy(), nil).verdict.isRefusal)
  }

  /// Models of something other than ratings are judged by their own metrics, with their own word for a sample.
  @Test func metricsOfOtherSamplesAreHandedOver() {
    let sharpness = Metric("sharpness", better: .higher, ofEach: "image") { $0.squareRoot() }
    func report(_ terms: [Double]) -> ModelReport {
      ModelReport(name: "x", sums: [sharpness: UserSums(terms)])
    }
    #expect(report([1, 7])[sharpness] == 2)
    func judge(_ terms: [Double], _ rival: [Double]) -> PublishingPolicy.Decision {
      PublishingPolicy(comparesWithService: true).judge(
        PublishingPolicy.Comparison(
          of: report(terms), by: sharpness, against: [],
          rivals: [PublishingPolicy.Rival("the other", report(rival))]))
    }
    let few = judge([1, 1], [1, 1]).verdict
    #expect(few.isRefusal && few.reason.contains("measured on 2 images"), "\(few.reason)")
    let many = (0..<20).map { Double($0 % 3) }
    #expect(judge(many, many.map { $0 + 1 }).verdict.isRefusal)
    #expect(!judge(many.map { $0 + 1 }, many).verdict.isRefusal)
  }
}
