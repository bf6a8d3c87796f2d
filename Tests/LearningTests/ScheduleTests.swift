import Foundation
import Learning
import Testing

@Suite struct ScheduleTests {
  @Test func oneCycleFollowsItsFormula() {
    let schedule = OneCycleSchedule()
    func expected(_ position: Double, _ a: Double, _ b: Double, _ c: Double) -> Double {
      let (start, end, share) =
        position < 0.25 ? (a, b, position / 0.25) : (b, c, (position - 0.25) / 0.75)
      return end + (start - end) * (1 + cos(.pi * share)) / 2
    }
    for position in stride(from: 0.0, to: 1, by: 1.0 / 64) {
      #expect(abs(schedule.rateShare(at: position) - expected(position, 0.04, 1, 1e-5)) < 1e-12)
      #expect(abs(schedule.momentum(at: position) - expected(position, 0.95, 0.85, 0.95)) < 1e-12)
    }
    #expect(abs(schedule.rateShare(at: 0) - 0.04) < 1e-15)
    #expect(abs(schedule.rateShare(at: 0.25) - 1) < 1e-15)
    #expect(abs(schedule.momentum(at: 0.25) - 0.85) < 1e-15)
    #expect(abs(schedule.rateShare(at: 1) - 1e-5) < 1e-15)
  }

  @Test func planCountsStepsFromOne() {
    let plan = TrainingPlan(
      epochCount: 5, batchCount: 20, peakRates: [1e-3, 1e-2], schedule: OneCycleSchedule())
    #expect(plan.stepCount == 100)
    let first = plan.settings(ofStep: 1)
    #expect(abs(first.rate - 4e-4) < 1e-15)
    #expect(abs(plan.settings(ofStep: 26).rate - 1e-2) < 1e-15)
    // The very end is not reached.
    #expect(plan.settings(ofStep: 100).rate > 1e-2 / 1e5)
  }

  @Test func averageIsDebiased() {
    var average = LossAverage()
    #expect(average.value.isNaN)
    average.add(3)
    #expect(abs(average.value - 3) < 1e-12)
    average.add(5)
    #expect(abs(average.value - (0.98 * 3 + 5) / 1.98) < 1e-12)
  }

  @Test func batchesDropWhatIsLeftOver() {
    #expect(BatchSizes(64, samples: 200) == BatchSizes(64, samples: 192))
    #expect(BatchSizes(64, samples: 200).trainingCount == 3)
    #expect(BatchSizes(64, samples: 200).training(2) == 128..<192)
    let whole = BatchSizes(64, samples: 5)
    #expect(whole.size == 5 && whole.trainingCount == 1)
    #expect(BatchSizes(64, samples: 0).trainingCount == 0)
  }

  @Test func orderFollowsFromSeedAndEpoch() {
    let order = SampleOrder.shuffled(seed: 1)
    #expect(order.samples(100, epoch: 0) == order.samples(100, epoch: 0))
    #expect(order.samples(100, epoch: 0) != order.samples(100, epoch: 1))
    #expect(SampleOrder.shuffled(seed: 2).samples(100, epoch: 0) != order.samples(100, epoch: 0))
    #expect(order.samples(100, epoch: 3).sorted() == Array(0..<100))
    #expect(SampleOrder.byNumber.samples(3, epoch: 9) == [0, 1, 2])
  }
}
