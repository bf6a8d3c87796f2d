import Errors

extension Learner {
  /// Trains for up to `stepCount` mini-batches while the rate rises from `lowest` towards `highest` by
  /// equal factors, all groups alike (Smith, "Cyclical learning rates", 2017, as fastai does it), and
  /// puts the model back as it was: weights, buffers, optimiser and random state.
  ///
  /// It ends early when the smoothed loss exceeds four times its best or is no number, and before
  /// ``GradientTrainable/rateLimit``. There is no validation and no callback.
  ///
  /// Throws `badData` without samples; what the model throws.
  package func findLearningRate(
    from lowest: Double = 1e-7, to highest: Double = 10, stepCount: Int = 100
  ) throws(TrainingError) -> LRCurve {
    precondition(0 < lowest && lowest < highest && stepCount > 0)
    try checkData()
    let before = try model.state().held()
    do {
      let points = try search(from: lowest, to: highest, stepCount: stepCount)
      try model.restore(before)
      return LRCurve(points: points, warmUpCount: stepCount / 10)
    } catch {
      try model.restore(before)
      throw error
    }
  }

  private func search(
    from lowest: Double, to highest: Double, stepCount: Int
  ) throws(TrainingError) -> [LRCurve.Point] {
    let batches = BatchSizes(batchSize, samples: model.trainingCount)
    let plan = TrainingPlan(
      epochCount: 1, batchCount: stepCount,
      peakRates: try PeakRates.same(highest).values(groupCount: model.groupCount),
      schedule: ExponentialSchedule(from: lowest / highest, to: 1))
    try model.prepare(for: plan, stepsTaken: 0)
    var points: [LRCurve.Point] = []
    var average = LossAverage()
    var best = Double.infinity
    var samples: [UInt32] = []
    for step in 0..<stepCount {
      let settings = plan.settings(ofStep: step + 1)
      if settings.rate > model.rateLimit { break }
      let (epoch, batch) = step.quotientAndRemainder(dividingBy: batches.trainingCount)
      if batch == 0 { samples = order.samples(model.trainingCount, epoch: epochsBefore + epoch) }
      // Once it is no number it stays none: what is left would not be learned from.
      if !average.value.isNaN || step == 0 {
        average.add(try model.train(on: samples[batches.training(batch)], settings))
      }
      let loss = average.value
      points.append(LRCurve.Point(rate: settings.rate, loss: loss))
      best = min(best, loss.isNaN ? best : loss)
      if loss > 4 * best { break }
    }
    return points
  }
}
