import Foundation
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests that `--format json` uses the daemon's names, values and digits.
struct QueryJSONTests {
  let queries: QueryTests

  init() throws {
    queries = try QueryTests()
    var contents = QueryTests.contents()
    contents.tables = FactorTables(
      factorCount: 2, userFactors: [0.1, 0.7, 1 / 3, 0.3],
      itemFactors: [1, 0.1, 0.2, 1, 0.5, 0.3, 0.9, 1.1, -0.4, 0.7], userBiases: [1e-6, 0.5],
      itemBiases: [0, 0.1, 0, 0, -1], globalMean: 3)
    try queries.publish(contents)
  }

  /// Returns the daemon's answer to a line.
  private func answer(_ request: String) throws -> [String: JSON] {
    let client = try SocketClient(path: queries.folder.path("s.sock"))
    return try JSONDecoder().decode(
      [String: JSON].self, from: Data(client.ask(request + "\n").utf8))
  }

  /// Returns the objects that a command prints, without missing values.
  private func rows(_ arguments: String...) throws -> [[String: JSON]] {
    let result = try Program(in: queries.folder.path).run(arguments + ["--format", "json"])
    try #require(result.exitCode == 0, "\(result.errors)")
    return try JSONDecoder().decode([[String: JSON]].self, from: Data(result.output.utf8))
      .map { $0.filter { $0.value != .nothing } }
  }

  @Test func commandsAndDaemonAgree() throws {
    let daemon = try Program(in: queries.folder.path).start(["serve", "--socket", "s.sock"])
    try #require(daemon.waitForOutput("listening on s.sock\n"))
    let lists = [
      ("RECOMMEND ann", try rows("recommend", "--user", "ann")),
      ("RECOMMEND carl", try rows("recommend", "--user", "carl")),
      ("RECOMMEND bob WITHRATED", try rows("recommend", "--user", "bob", "--include-rated")),
      ("SIMILAR 10 MINRATINGS 0", try rows("similar", "--item", "10", "--min-ratings", "0")),
    ]
    for (request, rows) in lists {
      let reply = try answer(request)
      guard case .list(let items) = reply["items"] else {
        Issue.record("\(request): \(reply)")
        continue
      }
      try #require(items.count == rows.count && !rows.isEmpty, "\(request)")
      for (position, (item, row)) in zip(items, rows).enumerated() {
        guard case .object(var expected) = item else {
          Issue.record("\(item)")
          continue
        }
        // What the daemon says once for the whole list appears in each row.
        for key in ["fallback", "similarity"] { expected[key] = reply[key] }
        expected["rank"] = .number(Double(position + 1))
        for (key, value) in expected { #expect(row[key] == value, "\(request), \(key)") }
        #expect(Set(row.keys).subtracting(expected.keys).isSubset(of: ["ratings"]), "\(request)")
      }
    }
    var prediction = try answer("PREDICT ann 40")
    prediction["version"] = nil
    #expect(try rows("predict", "--user", "ann", "--item", "40") == [prediction])
    daemon.send(SIGTERM)
    #expect(daemon.finish().exitCode == 0)
  }

  @Test func itemsOfTheStoreAreCalledWhatTheDaemonCallsThem() throws {
    let csv = try queries.folder.write("user,item,rating\nann,40,0.1\nbob,40,3\n", to: "r.csv")
    let titles = try queries.folder.write("item,title\n40,Forty\n", to: "i.csv")
    let imported = try queries.latent("import", csv, "--items", titles, "--quiet")
    try #require(imported.exitCode == 0, "\(imported.errors)")
    let item = try #require(try rows("items").first)
    #expect(item["item"] == .number(40) && item["title"] == .text("Forty"))
    #expect(item["ratings"] == .number(2))
    let rating = try #require(try rows("ratings", "--user", "ann").first)
    #expect(rating["item"] == .number(40) && rating["rating"] == .number(0.1))
  }
}

/// Any JSON value.
private enum JSON: Decodable, Equatable {
  case nothing
  case number(Double)
  case text(String)
  case list([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .nothing
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSON].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }
}
