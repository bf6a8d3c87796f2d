import Errors
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
      #expect(abs(schedule.rateFactor(at: position) - expected(position, 0.04, 1, 1e-5)) < 1e-12)
      #expect(abs(schedule.momentum(at: position) - expected(position, 0.95, 0.85, 0.95)) < 1e-12)
    }
    #expect(abs(schedule.rateFactor(at: 0) - 0.04) < 1e-15)
    #expect(abs(schedule.rateFactor(at: 0.25) - 1) < 1e-15)
    #expect(abs(schedule.momentum(at: 0.25) - 0.85) < 1e-15)
    #expect(abs(schedule.rateFactor(at: 1) - 1e-5) < 1e-15)
  }

  @Test func schedulesAreFastais() throws {
    let golden = try LearningGolden().schedules
    let cycle = OneCycleSchedule()
    let shares: [(name: String, value: (Double) -> Double)] = [
      ("oneCycle", cycle.rateFactor), ("oneCycleMomentum", cycle.momentum),
      ("fineTune", OneCycleSchedule(peakPosition: 0.3, initialDivisor: 5).rateFactor),
      ("flatCosine", FlatCosineSchedule().rateFactor),
      ("warmRestarts", WarmRestartSchedule(cycleCount: 3).rateFactor),
      ("polynomial", PolynomialSchedule(to: 0.1, power: 3).rateFactor),
      ("linear", PolynomialSchedule().rateFactor),
      ("exponential", ExponentialSchedule(from: 1e-8, to: 1).rateFactor),
    ]
    #expect(Set(shares.map(\.name)) == Set(golden.keys))
    for (name, value) in shares {
      let expected = try #require(golden[name])
      for (number, expected) in expected.enumerated() {
        let found = value(Double(number) / 64)
        #expect(abs(found - expected) < 1e-6 * max(abs(expected), 0.3), "\(name) at \(number)/64")
      }
    }
    let others: [any Schedule] = [
      ConstantSchedule(), FlatCosineSchedule(), WarmRestartSchedule(cycleCount: 2),
      PolynomialSchedule(), ExponentialSchedule(from: 1, to: 2),
    ]
    for schedule in others { #expect(schedule.momentum(at: 0.3) == 0.9) }
    #expect(ConstantSchedule().rateFactor(at: 0.7) == 1)
  }

  @Test func warmRestartsLastLongerEachTime() {
    let longer = WarmRestartSchedule(cycleCount: 3)
    for start in [0, 1, 3] { #expect(longer.rateFactor(at: Double(start) / 7) == 1) }
    let even = WarmRestartSchedule(cycleCount: 4, lengthFactor: 1)
    for cycle in 0..<4 { #expect(even.rateFactor(at: Double(cycle) / 4) == 1) }
  }

  /// Each schedule is found by its name, starts and ends as its help says, and never exceeds the peak.
  @Test(arguments: [
    ("one-cycle", 0.04, 0), ("flat-cosine", 1, 0), ("cosine", 1, 0), ("warm-restarts", 1, 0),
    ("linear", 1, 0), ("polynomial", 1, 0), ("exponential", 1, 0.01), ("constant", 1, 1),
  ])
  func schedulesAreChosenByName(_ name: String, _ start: Double, _ end: Double) throws {
    let kind = try #require(ScheduleKind(named: name))
    #expect(kind.name == name && !kind.help.isEmpty)
    let schedule = kind.schedule(epochCount: 5)
    #expect(abs(schedule.rateFactor(at: 0) - start) < 1e-6)
    #expect(abs(schedule.rateFactor(at: 1 - 1e-9) - end) < 1e-4)
    for step in 0..<100 {
      #expect((0...1).contains(schedule.rateFactor(at: Double(step) / 100)))
    }
  }

  @Test func everyScheduleHasANameOfItsOwn() {
    #expect(ScheduleKind.all.first == .oneCycle)
    #expect(Set(ScheduleKind.all.map(\.name)).count == 8 && ScheduleKind.all.count == 8)
    #expect(ScheduleKind(named: "none") == nil)
  }

  @Test(arguments: [(1, 1), (2, 1), (3, 2), (6, 2), (7, 3), (15, 4)])
  func restartsFitTheEpochs(_ epochs: Int, _ cycles: Int) {
    let schedule = ScheduleKind.warmRestarts.schedule(epochCount: epochs)
    let expected = WarmRestartSchedule(cycleCount: cycles)
    for step in 0..<64 {
      let position = Double(step) / 64
      #expect(abs(schedule.rateFactor(at: position) - expected.rateFactor(at: position)) < 1e-12)
    }
  }

  @Test func ratesSpreadOverGroups() throws {
    #expect(try PeakRates.same(0.1).values(groupCount: 3) == [0.1, 0.1, 0.1])
    #expect(try PeakRates.mainlyLast(0.1).values(groupCount: 3) == [0.01, 0.01, 0.1])
    let spread = try PeakRates.spread(from: 1e-5, to: 1e-3).values(groupCount: 3)
    #expect(zip(spread, [1e-5, 1e-4, 1e-3]).allSatisfy { abs($0 / $1 - 1) < 1e-12 })
    #expect(try PeakRates.spread(from: 1e-5, to: 1e-3).values(groupCount: 1) == [1e-3])
    #expect(try ([0.1, 0.2] as PeakRates).values(groupCount: 2) == [0.1, 0.2])
    for bad in [PeakRates.each([0.1, 0.2]), .same(.nan), .same(0), .same(.infinity)] {
      let error = #expect(throws: TrainingError.self) { try bad.values(groupCount: 3) }
      #expect(error?.code == .badOption)
    }
  }

  @Test func planCountsStepsFromOne() {
    let plan = RatePlan(
      stepCount: 100, peakRates: [1e-3, 1e-2], schedule: OneCycleSchedule())
    let first = plan.step(1)
    #expect(abs(first.rate - 4e-4) < 1e-15 && first.rates.count == 2)
    #expect(abs(first.rates[0] - 4e-5) < 1e-15)
    #expect(abs(plan.step(26).rate - 1e-2) < 1e-15)
    // The final position itself is not reached.
    #expect(plan.step(100).rate > 1e-2 / 1e5)
    var lowered = plan
    lowered.multiplyRates(by: 0.1, after: 40)
    lowered.multiplyRates(by: 0.5, after: 60)
    for (step, factor) in [(40, 1.0), (41, 0.1), (60, 0.1), (61, 0.05)] {
      let expected = plan.step(step).rate * factor
      #expect(abs(lowered.step(step).rate / expected - 1) < 1e-12)
    }
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
