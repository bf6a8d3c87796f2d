import Foundation

/// The answer: one JSON line for each figure, written as soon as it is known.
struct Report {
  /// What holds for all figures of a run: sizes, settings, threads.
  var conditions: [String: String]

  /// What the project is held to.
  enum Bar {
    case atMost(Double)
    case atLeast(Double)
  }

  /// One figure of one side.
  private struct FigureLine: Encodable {
    let figure: String
    let side: String
    let value: Double
    let unit: String
    let runs: Int
    let min: Double
    let max: Double
    let bar: String?
    let met: Bool?
    let conditions: [String: String]
  }

  /// One side over the other.
  private struct RatioLine: Encodable {
    let figure: String
    let ratio: Double
    let of: String
    let to: String
    let bar: String?
    let met: Bool?
    let conditions: [String: String]
  }

  /// How the runs of a side become one value.
  enum Middle {
    case median
    case mean
    case percentile99
  }

  /// Writes the median, or mean, or 99th percentile, of `samples`; returns whether the bar is met,
  /// where there is one.
  @discardableResult
  func write(
    _ figure: String, side: String, _ samples: Samples, unit: String, as middle: Middle = .median,
    bar: Bar? = nil
  ) throws -> Bool {
    let value = samples.middle(middle)
    try write(
      FigureLine(
        figure: figure, side: side, value: value.rounded, unit: unit, runs: samples.count,
        min: samples.minimum.rounded, max: samples.maximum.rounded, bar: bar?.description,
        met: bar?.isMet(by: value), conditions: conditions))
    return bar?.isMet(by: value) ?? true
  }

  /// Writes the ratio of both medians, or means.
  func writeRatio(
    _ figure: String, of side: (name: String, samples: Samples),
    to peer: (name: String, samples: Samples), as middle: Middle = .median, bar: Bar? = nil
  ) throws {
    let ratio = side.samples.middle(middle) / peer.samples.middle(middle)
    try write(
      RatioLine(
        figure: figure, ratio: ratio.rounded, of: side.name, to: peer.name, bar: bar?.description,
        met: bar?.isMet(by: ratio), conditions: conditions))
  }

  private func write(_ line: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try FileHandle.standardOutput.write(
      contentsOf: try encoder.encode(line) + [UInt8(ascii: "\n")])
  }
}

extension Report.Bar: CustomStringConvertible {
  var description: String {
    switch self {
    case .atMost(let bound): "at most \(bound)"
    case .atLeast(let bound): "at least \(bound)"
    }
  }

  func isMet(by value: Double) -> Bool {
    switch self {
    case .atMost(let bound): value <= bound
    case .atLeast(let bound): value >= bound
    }
  }
}

extension Samples {
  fileprivate func middle(_ middle: Report.Middle) -> Double {
    switch middle {
    case .median: median
    case .mean: mean
    case .percentile99: percentile99
    }
  }
}

extension Double {
  /// To five significant digits: more than a measurement holds.
  fileprivate var rounded: Double { Double(String(format: "%.5g", self)) ?? self }
}

/// What the program is at, for the person who waits.
enum Progress {
  /// Writes a line to standard error; a closed stream is not an error.
  static func say(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }
}
