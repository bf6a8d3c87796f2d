import Foundation

/// The answer: one JSON line for each figure, written as soon as it is known.
struct Report {
  /// What holds for all figures of a run: sizes, settings, threads.
  var conditions: [String: String]

  /// What the project is held to.
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

  /// One figure of one side, or one side over the other; what does not apply is left out.
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

  /// Writes the median of `samples`, or what else `middle` makes of them; returns whether the bar is met,
  /// where there is one.
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

  /// Writes the ratio of Latent's median, or what else `middle` makes of its samples, to a peer's.
  func writeRatio(
    _ figure: String, of samples: Samples, to peer: (name: String, samples: Samples),
    as middle: KeyPath<Samples, Double> = \.median, bar: Bar? = nil
  ) throws {
    let ratio = samples[keyPath: middle] / peer.samples[keyPath: middle]
    _ = try write(
      Line(figure: figure, ratio: ratio.rounded, of: "latent", to: peer.name), ratio, bar)
  }

  /// Writes a figure of Latent's and of each of its peers, and the ratios, which `bar` is for.
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
