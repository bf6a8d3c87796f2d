import Foundation
import TestEnvironment
import Testing

/// Tests of `latent factors`, `map`, `biases`, `stats`, `items --sort` and `export model` through the binary.
@Suite struct ReadingCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    _ = try good(["import", ProjectFolder.fixture("catalogue")])
  }

  @discardableResult
  private func good(_ arguments: [String]) throws -> Program.Result {
    let result = try program.run(arguments)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result
  }

  private func rows(_ arguments: [String]) throws -> [[String: Any]] {
    let result = try good(arguments + ["--format", "json"])
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
  }

  private func train(_ model: String) throws {
    try good(["train", "--model", model, "--publish", "--force", "--quiet"])
  }

  @Test func componentsAndMapsAreOfEveryModel() throws {
    for model in ["als", "item-item", "popularity"] {
      try train(model)
      let factors = try rows(["factors", "--min-ratings", "3", "--count", "2"])
      #expect(Set(factors.compactMap { $0["end"] as? String }) == ["+", "-"], "\(model)")
      #expect(factors.allSatisfy { ($0["ratings"] as? Int ?? 0) >= 3 })
      let map = try rows(["map", "--min-ratings", "3", "--count", "15"])
      let places = Dictionary(
        uniqueKeysWithValues: map.compactMap { row in
          (row["item"] as? Int).flatMap { item in (row["x"] as? Double).map { (item, $0) } }
        })
      for row in factors where row["component"] as? Int == 1 {
        guard let item = row["item"] as? Int, let x = places[item] else { continue }
        #expect(abs(x - (row["place"] as? Double ?? .nan)) < 1e-6)
      }
      let basis = model == "als" ? "vectors" : "co-ratings"
      for row in factors + map {
        #expect(row["model"] as? String == model && row["basis"] as? String == basis)
      }
      #expect(map.count == 15 && map.allSatisfy { $0["x"] is Double || $0["x"] is Int })
      try good(["map", "--min-ratings", "3", "--plot", "\(model).svg"])
      let drawing = try String(contentsOfFile: folder.path("\(model).svg"), encoding: .utf8)
      let title = try #require(map.first?["title"] as? String)
      #expect(drawing.contains(title.prefix(12).replacing("'", with: "’")), "\(model)")
    }
    let none = try program.run(["factors", "--min-ratings", "100000"])
    #expect(none.exitCode == 1 && none.errors.contains("only 0 of the"))
    #expect(
      try program.run(["map", "--plot", "a.svg", "--format", "json"]).exitCode == 64)
  }

  @Test func biasesAreOfModelsThatHaveThem() throws {
    try train("bias-only")
    let highest = try rows(["biases", "--top", "5", "--min-ratings", "2"])
    let lowest = try rows(["biases", "--top", "5", "--min-ratings", "2", "--lowest"])
    func biases(_ rows: [[String: Any]]) -> [Double] { rows.compactMap { $0["bias"] as? Double } }
    #expect(biases(highest) == biases(highest).sorted(by: >) && highest.count == 5)
    #expect(biases(lowest) == biases(lowest).sorted() && biases(lowest)[0] < biases(highest)[4])
    let items = try rows(["items", "--sort", "bias", "--min-ratings", "2", "--count", "5"])
    #expect(biases(items) == biases(highest))
    try train("item-item")
    let refused = try program.run(["biases"])
    #expect(refused.exitCode == 1 && refused.errors.contains("item-item learned no item biases"))
  }

  @Test func statisticsAddUp() throws {
    let figures = try rows(["stats"])
    func ratings(_ section: String, _ name: String) -> Int? {
      figures.first { $0["section"] as? String == section && $0["name"] as? String == name }?[
        "ratings"] as? Int
    }
    let count = try #require(ratings("data", "ratings"))
    let values = figures.filter { ($0["name"] as? String)?.hasPrefix("rated ") == true }
    #expect(values.compactMap { $0["ratings"] as? Int }.reduce(0, +) == count)
    #expect(try #require(ratings("tail", "of the 20 % most rated items")) <= count)
    try good(["stats", "--plot", "stats.png"])
    let bytes = try #require(FileManager.default.contents(atPath: folder.path("stats.png")))
    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    let empty = try program.run(["stats", "--store", "sqlite:empty.sqlite"])
    #expect(empty.exitCode == 1 && empty.errors.contains("latent import"))
  }

  @Test func itemsAreSortedByMeanAndByTheirFirstRating() throws {
    try folder.write(
      "user,item,rating,time\n1,10,5,100\n2,10,4,50\n1,20,5,300\n1,30,1,200\n2,30,2,900\n",
      to: "few.csv")
    let store = ["--store", "sqlite:few.sqlite"]
    try good(["import", "few.csv", "--time-unit", "s"] + store)
    func order(_ arguments: [String]) throws -> [Int] {
      try rows(["items"] + arguments + store).compactMap { $0["item"] as? Int }
    }
    #expect(try order(["--sort", "mean", "--min-ratings", "1"]) == [20, 10, 30])
    #expect(try order(["--sort", "mean", "--min-ratings", "2"]) == [10, 30])
    #expect(try order(["--sort", "newest"]) == [20, 30, 10])
    #expect(try order(["--sort", "newest", "--search", "30"]) == [30])
    let none = try good(["items", "--sort", "mean"] + store)
    #expect(none.errors.contains("--min-ratings"))
    #expect(try program.run(["items", "--sort", "newest", "--min-ratings", "2"]).exitCode == 64)
  }

  @Test func whatAModelLearnedIsExported() throws {
    try train("als")
    // Leftovers of an export whose process has ended are removed; those of a running one stay.
    let ended = try program.start(["models", "list"])
    _ = ended.finish()
    let (abandoned, running) = (
      ".csv.latent-export-\(ended.identifier)", ".csv.latent-export-\(getpid())"
    )
    for name in [abandoned, running] {
      try FileManager.default.createDirectory(
        atPath: folder.path(name), withIntermediateDirectories: false)
    }
    try good(["export", "model", "--out", "csv"])
    #expect(!FileManager.default.fileExists(atPath: folder.path(abandoned)))
    #expect(FileManager.default.fileExists(atPath: folder.path(running)))
    try FileManager.default.removeItem(atPath: folder.path(running))
    let items = try String(contentsOfFile: folder.path("csv/items.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(items[0].hasPrefix("item,title,ratings,bias,v0,v1"))
    let shown = try rows(["models", "show"])
    #expect(items.count - 1 == shown[0]["items"] as? Int)
    #expect(FileManager.default.fileExists(atPath: folder.path("csv/users.csv")))

    try good(["export", "model", "--out", "npy", "--format", "npy", "--without-users"])
    let array = try #require(
      FileManager.default.contents(atPath: folder.path("npy/item_vectors.npy")))
    #expect(array.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    let length = Int(array[8]) + Int(array[9]) << 8
    #expect((10 + length).isMultiple(of: 64))
    let header = String(decoding: array[10..<10 + length], as: UTF8.self)
    let columns = items[0].split(separator: ",").count { $0.hasPrefix("v") }
    #expect(header.contains("'shape': (\(items.count - 1), \(columns))"))
    #expect(array.count == 10 + length + 4 * (items.count - 1) * columns)
    #expect(!FileManager.default.fileExists(atPath: folder.path("npy/user_vectors.npy")))

    try good(["export", "model", "--out", "sql", "--format", "sql"])
    let script = try String(contentsOfFile: folder.path("sql/items.sql"), encoding: .utf8)
    #expect(script.contains("copy latent_item from stdin;") && script.contains("\t["))
    #expect(script.contains("vector(\(columns))"))
    #expect(script.hasSuffix("\\.\ncommit;\n"))

    let again = try program.run(["export", "model", "--out", "csv"])
    #expect(again.exitCode == 1 && again.errors.contains("not an empty folder"))
    let none = try program.run(["export", "model", "--out", "other", "--kind", "bayes"])
    #expect(none.exitCode == 1 && none.errors.contains("It has als."))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.contains("latent-export") }, "\(names)")
  }

  @Test(arguments: ["als", "bias-only", "item-item"])
  func noExportGoesIntoTheModelsFolder(_ kind: String) throws {
    try train(kind)
    for place in ["latent-models/csv", "latent-models", "./x/../latent-models/recommender/1/csv"] {
      let refused = try program.run(["export", "model", "--out", place])
      #expect(refused.exitCode == 1 && refused.errors.contains("in the models folder"), "\(place)")
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: folder.path("latent-models"))
    #expect(try program.run(["export", "model", "--out", "link/csv"]).exitCode == 1)
  }

  /// A predicted rating is the sum given in the help.
  @Test func whatIsExportedPredicts() throws {
    try train("als")
    try good(["export", "model", "--out", "csv"])
    func table(_ name: String) throws -> [[String]] {
      try String(contentsOfFile: folder.path("csv/\(name).csv"), encoding: .utf8)
        .split(separator: "\n").map {
          $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
    func numbers(_ cells: some Sequence<String>) -> [Double] { cells.compactMap { Double($0) } }
    let facts = Dictionary(
      uniqueKeysWithValues: try table("model").dropFirst().map { ($0[0], $0[1]) })
    let mean = try #require(facts["global_mean"].flatMap { Double($0) })
    #expect(facts["kind"] == "als" && facts["version"] == "1")
    let user = try #require(try table("users").dropFirst().first)
    let own = numbers(user.dropFirst())
    for item in try table("items").dropFirst().prefix(5) where !item[1].hasPrefix("\"") {
      let theirs = numbers(item.dropFirst(3))
      let product = zip(own.dropFirst(), theirs.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
      let predicted = try rows(["predict", "--user", user[0], "--item", item[0]])
      let rating = try #require(predicted.first?["prediction"] as? Double)
      #expect(abs(mean + own[0] + theirs[0] + product - rating) < 1e-3)
    }
  }

  @Test(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
  func scriptsMakeTablesInPostgres() throws {
    let database = try TemporaryDatabase()
    func psql(_ arguments: String...) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", database.url] + arguments
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let words = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      return String(decoding: words, as: UTF8.self)
    }
    try folder.write(
      #"""
      id,title
      a\b,"tab	and \. and ""quotes"""
      c,
      """#, to: "odd.csv")
    try folder.write("user,item,rating\nx,a\\b,1\nx,c,2\ny,c,3\ny,a\\b,5\n", to: "odd-ratings.csv")
    let store = ["--store", "sqlite:odd.sqlite", "--models", "odd-models"]
    try good(["import", "odd-ratings.csv", "--items", "odd.csv"] + store.prefix(2))
    try good(
      ["train", "--model", "als", "--publish", "--force", "--quiet", "--split", "none"] + store)
    try good(["export", "model", "--out", "sql", "--format", "sql"] + store.suffix(2))
    // The second night works like the first.
    for file in ["items.sql", "users.sql", "model.sql", "items.sql"] {
      _ = try psql("-f", folder.path("sql/\(file)"))
    }
    #expect(try psql("-c", "select value from latent_model where name = 'kind'") == "als\n")
    let items = try psql(
      "-c",
      "select item_id, coalesce(title, 'none'), ratings, left(vector, 1) from latent_item order by 1"
    )
    #expect(items == "a\\b|tab\tand \\. and \"quotes\"|2|[\nc|none|2|[\n")
    #expect(try psql("-c", "select count(*), count(bias) from latent_user") == "2|2\n")
  }

  @Test func modelsWithoutVectorsHaveTheirBiases() throws {
    try train("bias-only")
    try good(["export", "model", "--out", "csv"])
    let users = try String(contentsOfFile: folder.path("csv/users.csv"), encoding: .utf8)
    #expect(users.hasPrefix("user,bias\n"))
    try train("implicit-als")
    try good(["export", "model", "--out", "other"])
    let ranked = try String(contentsOfFile: folder.path("other/users.csv"), encoding: .utf8)
    #expect(ranked.hasPrefix("user,v0,"))
  }

  @Test func weightsBetweenItemsAreExported() throws {
    try train("item-item")
    try good(["export", "model", "--out", "npy", "--format", "npy"])
    let ends = try #require(
      FileManager.default.contents(atPath: folder.path("npy/weights_indptr.npy")))
    let data = try #require(
      FileManager.default.contents(atPath: folder.path("npy/weights_data.npy")))
    let count = ends.suffix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    #expect((data.count - 4 * count).isMultiple(of: 64) && data.count > 4 * count)
    try good(["export", "model", "--out", "csv"])
    let weights = try String(contentsOfFile: folder.path("csv/weights.csv"), encoding: .utf8)
      .split(separator: "\n")
    let shown = try rows(["models", "show"])
    #expect(weights.count - 1 == shown[0]["weights"] as? Int && weights[0] == "item,other,weight")
    #expect(!FileManager.default.fileExists(atPath: folder.path("csv/users.csv")))
  }
}
