import Foundation

/// The output: one JSON line per figure, written as soon as the figure is known.
struct Report {
  /// The conditions shared by all figures of a run: sizes, settings, threads.
  var conditions: [String: String]

  /// A target that a figure has to meet.
  struct Bar {
    let description: String
    let isMet: (Double) -> Bool

    static func atMost(_ bound: Double) -> Bar {
      Bar(description: "at most \(bound)") { $0 <= bound }
    }

    static func atLeast(_ bound: Double) -> Bar {
      Bar(description: "at least \(bound)") { $0 >= bound }
    }
  }

  /// A figure of one side, or a ratio of two sides; fields that do not apply are omitted.
  private struct Line: Encodable {
    let figure: String
    var side: String?
    var value: Double?
    var unit: String?
    var runs: Int?
    var min: Double?
    var max: Double?
    var ratio: Double?
    var of: String?
    var to: String?
    var bar: String?
    var met: Bool?
    var conditions: [String: String] = [:]
  }

  /// Writes the median of `samples`, or the statistic that `middle` selects. Returns whether the bar is met; true
  /// without a bar.
  @discardableResult
  func write(
    _ figure: String, side: String = "latent", _ samples: Samples, unit: String,
    as middle: KeyPath<Samples, Double> = \.median, bar: Bar? = nil
  ) throws -> Bool {
    let value = samples[keyPath: middle]
    return try write(
      Line(
        figure: figure, side: side, value: value.rounded, unit: unit, runs: samples.count,
        min: samples.minimum.rounded, max: samples.maximum.rounded), value, bar)
  }

  /// Writes the ratio of Latent's median, or of the statistic that `middle` selects, to a peer's.
  func writeRatio(
    _ figure: String, of samples: Samples, to peer: (name: String, samples: Samples),
    as middle: KeyPath<Samples, Double> = \.median, bar: Bar? = nil
  ) throws {
    let ratio = samples[keyPath: middle] / peer.samples[keyPath: middle]
    _ = try write(
      Line(figure: figure, ratio: ratio.rounded, of: "latent", to: peer.name), ratio, bar)
  }

  /// Writes a figure for Latent and for each peer, and the ratios; `bar` applies to the ratios.
  func compare(
    _ figure: String, _ samples: Samples, with peers: [(name: String, samples: Samples)],
    unit: String, as middle: KeyPath<Samples, Double> = \.median, ownBar: Bar? = nil,
    bar: Bar? = nil
  ) throws {
    try write(figure, samples, unit: unit, as: middle, bar: ownBar)
    for peer in peers {
      try write(figure, side: peer.name, peer.samples, unit: unit, as: middle)
      try writeRatio(figure, of: samples, to: peer, as: middle, bar: bar)
    }
  }

  private func write(_ line: Line, _ value: Double, _ bar: Bar?) throws -> Bool {
    var line = line
    line.bar = bar?.description
    line.met = bar?.isMet(value)
    line.conditions = conditions
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try FileHandle.standardOutput.write(
      contentsOf: try encoder.encode(line) + [UInt8(ascii: "\n")])
    return line.met ?? true
  }
}

extension Double {
  /// The value rounded to five significant digits, more than a measurement supports.
  fileprivate var rounded: Double { Double(String(format: "%.5g", self)) ?? self }
}

/// Progress messages for the person waiting.
enum Progress {
  /// Writes a line to standard error; ignores a closed stream.
  static func say(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }
}
