import Foundation
import TestEnvironment

/// The golden outputs of fastai, PyTorch and scikit-learn. See `fixtures/learning/make_learning_golden.py`.
struct LearningGolden: Decodable {
  struct Clipping: Decodable {
    let norm: Double
    let byNorm: [Float]
    let thenByValue: [Float]
  }

  struct Curve: Decodable {
    /// The losses of 100 steps; nil for NaN.
    let losses: [Double?]
    let steepest: Double
    let minimum: Double
    let valley: Double
    let slide: Double
  }

  struct Metrics: Decodable {
    let accuracy: Double
    let errorRate: Double
    let topThreeAccuracy: Double
    let multiLabelAccuracy: Double
    let macroF1: Double
    let f1: [Double]
    let averagePrecision: Double
    let rmse: Double
    let mae: Double
    let r2: Double
  }

  /// Values at the positions 0, 1/64 ... 63/64.
  let schedules: [String: [Double]]
  let adamW: [Float]
  let sgd: [Float]
  let clipping: Clipping
  let curves: [Curve]
  let metrics: Metrics

  init() throws {
    let file = URL(fileURLWithPath: ProjectFolder.fixture("learning/learning_golden.json"))
    self = try JSONDecoder().decode(LearningGolden.self, from: Data(contentsOf: file))
  }

  /// The script's hash function.
  static func mixed(_ counter: UInt64) -> UInt64 {
    var generator = SplitMix64(seed: counter &* 0x9E37_79B9_7F4A_7C15)
    return generator.next()
  }

  /// Returns the script's numbers in -0.5 ... 0.5.
  static func uniform(_ stream: UInt64, _ count: Int) -> [Float] {
    (0..<UInt64(count)).map { Float(Double(mixed(stream << 32 + $0) >> 40) / 0x1p24 - 0.5) }
  }
}

/// Returns whether two lists have the same length and differ nowhere by more than `tolerance`.
func agree(_ left: [Float], _ right: [Float], within tolerance: Float) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= tolerance }
}
