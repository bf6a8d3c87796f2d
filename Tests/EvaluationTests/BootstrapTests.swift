import Evaluation
import Foundation
import TestEnvironment
import Testing

/// Tests the bootstrap intervals over users: they have the theoretical width, lie on both sides of the estimate and are
/// reproducible.
struct BootstrapTests {
  private func normals(_ count: Int, mean: Double, _ random: inout SplitMix64) -> [Double] {
    (0..<count).map { _ in
      mean + (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }
  }

  private func report(_ users: [Double]) -> ModelReport {
    QualityGateTests.report(.ndcgAt10, users)
  }

  /// The interval of a mean extends 1.96 standard errors to each side, whether users are resampled individually or in
  /// groups.
  @Test(arguments: [400, 4096, 20_000])
  func isAsWideAsTheStandardErrorSays(count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    let interval = try #require(
      report(normals(count, mean: 3, &random)).interval(of: .ndcgAt10, threadCount: 2))
    let width = 2 * 1.96 / Double(count).squareRoot()
    #expect(abs((interval.upperBound - interval.lowerBound) / width - 1) < 0.12)
    #expect(interval.contains(3))
  }

  /// The interval contains the true value in 95 of 100 experiments.
  @Test func holdsTheTruthAsOftenAsItSays() throws {
    var random = SplitMix64(seed: 8)
    let held = (0..<200).count { _ in
      let before = normals(80, mean: 0, &random)
      let after = zip(before, normals(80, mean: 0, &random)).map { $0 + 0.5 * $1 + 0.25 }
      let gain = report(after).gain(over: report(before), by: .ndcgAt10)
      return gain?.interval?.contains(0.25) ?? false
    }
    #expect((180...199).contains(held), "\(held) of 200")
  }

  @Test func whatUsersHaveInCommonDoesNotWidenADifference() throws {
    var random = SplitMix64(seed: 9)
    let before = normals(300, mean: 0, &random)
    let gain = try #require(
      report(before.map { $0 + 0.1 }).gain(over: report(before), by: .ndcgAt10))
    let interval = try #require(gain.interval)
    #expect(abs(interval.lowerBound - 0.1) < 1e-9 && abs(interval.upperBound - 0.1) < 1e-9)
    #expect(gain.words == "better by 0.1 (0.1 to 0.1)")
    let loss = try #require(
      report(before).gain(over: report(before.map { $0 + 0.1 }), by: .ndcgAt10))
    #expect(loss.isLoss(beyond: 0) && loss.words == "worse by 0.1 (0.1 to 0.1)")
    #expect(!loss.isLoss(beyond: 0.2))
  }

  /// Users are weighted by their number of ratings: errors are means over ratings.
  @Test func usersCountForTheirRatings() throws {
    let sums = UserSums(sums: [90, 1], counts: [9, 1])
    let report = ModelReport(name: "x", sums: [.rmse: sums])
    #expect(abs(try #require(report[.rmse]) - sqrt(9.1)) < 1e-9)
    let interval = try #require(report.interval(of: .rmse))
    #expect(interval.lowerBound == 1 && abs(interval.upperBound - sqrt(10)) < 1e-9)
  }

  @Test func isTheSameWhateverTheThreads() throws {
    var random = SplitMix64(seed: 10)
    let report = report(normals(500, mean: 1, &random))
    let one = report.interval(of: .ndcgAt10, threadCount: 1)
    #expect(one != nil && report.interval(of: .ndcgAt10, threadCount: 3) == one)
  }

  @Test func ofOneUserOrNoneNothingCanBeTold() {
    #expect(report([0.5]).interval(of: .ndcgAt10) == nil)
    #expect(report([0.5]).interval(of: .rmse) == nil)
    let gain = report([0.5]).gain(over: report([0.25]), by: .ndcgAt10)
    #expect(gain?.estimate == 0.25 && gain?.interval == nil)
    #expect(report([0.5]).gain(over: report([.nan]), by: .ndcgAt10) == nil)
  }
}
