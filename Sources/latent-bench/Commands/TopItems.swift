import ArgumentParser
import Foundation
import Ratings
import Recommenders

/// `latent-bench topk`: the exact top ten items of a catalogue.
struct TopItems: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topk",
    abstract: "Exact top-10 look-ups in a catalogue: single ones, and a batch.",
    discussion: """
      Factors follow the distribution in the peer's topk_search.py. A run is 300 single look-ups \
      and one batch of 5,000 users. Peer: --peer "python ../shared/peers/topk_search.py".
      """)

  @Option(help: "Items in the catalogue.")
  var items = 62_000

  @Option(help: "Factors per item.")
  var factors = 64

  @Option(help: "Runs of each side, in turn.")
  var rounds = 5

  @OptionGroup var sides: PeerOptions

  private static let batchSize = 5_000
  private static let lookupCount = 300

  /// A line of output of the peer's script.
  private struct PeerLine: Decodable {
    let peer: String
    let msOne: Double
    let batchPerSecond: Double
  }

  func validate() throws {
    guard items >= 10, factors >= 1, rounds >= 1 else {
      throw ValidationError("--items must be at least 10, --factors and --rounds at least 1.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let path = folder.path("model.safetensors")
    try SyntheticModel(userCount: Self.batchSize, itemCount: items, factorCount: factors)
      .contents().write(to: path)
    let recommender = Recommender(model: try FactorModel.open(path))
    let preparing = timed { recommender.prepare() }
    var milliseconds: [String: [Double]] = [:]
    var perSecond: [String: [Double]] = [:]
    for round in 1...rounds {
      Progress.say("round \(round) of \(rounds)")
      let (one, batch) = measure(recommender)
      milliseconds["latent", default: []].append(one)
      perSecond["latent", default: []].append(batch)
      for line in try runPeer() {
        milliseconds[line.peer, default: []].append(line.msOne)
        perSecond[line.peer, default: []].append(line.batchPerSecond)
      }
    }
    let report = Report(conditions: [
      "items": String(items), "factors": String(factors), "threads": String(sides.threads),
    ])
    try report.write("topk.prepare", Samples([preparing.seconds * 1e3]), unit: "ms")
    try write(milliseconds, "topk.one", unit: "ms", bar: .atMost(0.15), to: report)
    try write(perSecond, "topk.batch", unit: "lookups/s", bar: .atLeast(25_000), to: report)
  }

  /// Returns the latency of a single look-up in milliseconds, and batched look-ups per second.
  private func measure(_ recommender: Recommender) -> (one: Double, batch: Double) {
    @Sendable func query(_ row: Int) -> Recommender.Query {
      let user = recommender.model.user(at: UserIndex(row))
      return (user, .unrated(by: user))
    }
    func recommend(for row: Int) {
      let (user, filter) = query(row)
      _ = recommender.recommend(for: user, count: 10, filter: filter)
    }
    recommend(for: 0)
    let one = timed { for row in 0..<Self.lookupCount { recommend(for: row) } }
    let batch = timed {
      recommender.recommend(
        queryCount: Self.batchSize, count: 10, threadCount: sides.threads, query)
    }
    return (one.seconds * 1e3 / Double(Self.lookupCount), Double(Self.batchSize) / batch.seconds)
  }

  /// Runs the peer's exact engines; the script also measures approximate ones.
  private func runPeer() throws -> [PeerLine] {
    try sides.run(
      ["--items", "\(items)", "--factors", "\(factors)", "--threads", "\(sides.threads)"],
      as: PeerLine.self
    ).filter { !$0.peer.contains("hnsw") }
  }

  private func write(
    _ samples: [String: [Double]], _ figure: String, unit: String, bar: Report.Bar,
    to report: Report
  ) throws {
    let peers = samples.filter { $0.key != "latent" }.sorted { $0.key < $1.key }
    try report.compare(
      figure, Samples(samples["latent", default: []]),
      with: peers.map { ($0.key, Samples($0.value)) }, unit: unit, ownBar: bar)
  }
}
