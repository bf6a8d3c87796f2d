import Evaluation
import Interactions
import Recommenders
import Testing

/// Compares the bins of held-out ratings by predicted value with a naive sort.
@Suite struct CalibrationTests {
  @Test func partsHaveWhatWasPredictedAndRated() throws {
    let judged = try JudgedModels()
    let answers = ModelAnswers(
      name: "random", model: try judged.ownModel(), ratings: judged.ratings, threadCount: 1)
    let calibration = try #require(Calibration(of: answers, binCount: 7, threadCount: 1))
    let predictions = try #require(answers.predictions)
    let pairs = zip(predictions, judged.ratings.heldOut.values).sorted { $0.0 < $1.0 }
    #expect(calibration.bins.count == 7)
    #expect(calibration.bins.map(\.count).reduce(0, +) == pairs.count)
    var start = 0
    var off = 0.0
    for bin in calibration.bins {
      let part = pairs[start..<start + bin.count]
      start += bin.count
      #expect(abs(bin.count - pairs.count / 7) <= 1)
      let predicted = part.reduce(0) { $0 + Double($1.0) } / Double(part.count)
      let rated = part.reduce(0) { $0 + Double($1.1) } / Double(part.count)
      #expect(abs(bin.predicted - predicted) < 1e-9 && abs(bin.rated - rated) < 1e-9)
      let interval = try #require(bin.interval)
      #expect(interval.contains(bin.rated) && interval.lowerBound < interval.upperBound)
      off += Double(part.count) / Double(pairs.count) * abs(predicted - rated)
    }
    #expect(abs(calibration.meanError - off) < 1e-9)
  }

  @Test func whatPredictsNothingHasNone() throws {
    let judged = try JudgedModels()
    let answers = ModelAnswers(
      name: "random", model: try judged.ownModel(ranking: .preference), ratings: judged.ratings,
      threadCount: 1)
    #expect(Calibration(of: answers, threadCount: 1) == nil)
  }
}
