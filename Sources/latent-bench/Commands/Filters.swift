import ArgumentParser
import Foundation
import Ratings
import Recommenders

/// `latent-bench filters`: the cost of filtering items in a look-up.
struct Filters: SizedBench {
  static let configuration = CommandConfiguration(
    abstract: "The top 10 of a catalogue with filters, compared to unfiltered look-ups.",
    discussion: """
      A round requests the lists of 300 users without a filter and with each filter, in turn. A \
      random share of the catalogue meets a condition; each condition is used repeatedly, as a \
      shop would. Ratios are between the medians of filtered and unfiltered look-ups.
      """)

  static let usualSize = (users: 5_000, items: 62_000, factors: 64)
  static let leastSize = (users: 300, items: 1_000, factors: 1)

  @OptionGroup var size: ModelSizeOptions<Filters>

  @Option(help: "Rounds, each of which measures every filter.")
  var rounds = 9

  private static let lookupCount = 300

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be at least 1.") }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let path = folder.path("model.safetensors")
    var random = SystemRandomNumberGenerator()
    var contents = size.model.contents()
    contents.catalogue.attributes = (0..<size.items).map { _ in
      [ItemAttribute(name: "place", value: "\(Int.random(in: 0..<1000, using: &random))")]
    }
    try contents.write(to: path)
    let queries = RecommenderQueries(Recommender(model: try FactorModel.open(path)))
    queries.prepare()
    let filters = try Self.filters(itemCount: size.items)
    let retired = folder.path("available.txt")
    try (0..<size.items).filter { $0 % 10 != 0 }.map { "\($0)\n" }.joined()
      .write(toFile: retired, atomically: false, encoding: .utf8)
    let restricted = queries.restricted(
      to: try AvailableItems(path: retired, of: queries.model))
    var samples: [String: [Double]] = [:]
    for round in 1...rounds {
      Progress.say("round \(round) of \(rounds)")
      for (name, options) in filters {
        samples[name, default: []].append(try milliseconds(queries, options))
      }
      samples["available nine of ten", default: []].append(
        try milliseconds(restricted, ListOptions(count: 10)))
    }
    let report = Report(conditions: size.conditions())
    let plain = Samples(samples["plain", default: []])
    try report.write("filters.plain", plain, unit: "ms")
    for (name, values) in samples.sorted(by: { $0.key < $1.key }) where name != "plain" {
      try report.compare(
        "filters.\(name)", Samples(values), with: [("plain", plain)], unit: "ms",
        bar: .atMost(1.5))
    }
  }

  private static func filters(itemCount: Int) throws -> [(name: String, options: ListOptions)] {
    func options(_ change: (inout ListOptions) throws -> Void) rethrows -> ListOptions {
      var options = ListOptions(count: 10)
      try change(&options)
      return options
    }
    let ids = (0..<100).map { "\($0 * (itemCount / 100))" }
    return [
      ("plain", ListOptions(count: 10)),
      ("exclude 100", options { $0.filters.excluded = ids }),
      ("only 100", options { $0.filters.only = ids }),
    ]
      + (try [("nine of ten", 900), ("half", 500), ("a tenth", 100), ("a hundredth", 10)].map {
        name, bound in
        (
          "where \(name)",
          try options { $0.filters.condition = try ItemCondition("place<\(bound)") }
        )
      })
  }

  /// Returns the latency of a look-up, in milliseconds.
  private func milliseconds(
    _ queries: RecommenderQueries, _ options: ListOptions
  ) throws -> Double {
    _ = try queries.recommend(for: "0", options)
    let (_, seconds) = try timed {
      for user in 0..<Self.lookupCount { _ = try queries.recommend(for: "\(user)", options) }
    }
    return seconds * 1e3 / Double(Self.lookupCount)
  }
}
