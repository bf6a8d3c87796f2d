import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent recommend` with filters, and of its errors for invalid filters.
struct FilterCommandTests {
  let queries: QueryTests

  init() throws {
    queries = try QueryTests()
    var contents = QueryTests.contents()
    contents.catalogue.attributes = [
      (1990, "Drama"), (1992, "Comedy"), (1995, "Comedy"), (1999, "War"), (2004, "War"),
    ]
    .map { year, genre in
      [
        ItemAttribute(name: "genre", value: genre),
        ItemAttribute(name: "year", value: "\(year)"),
      ]
    }
    try queries.publish(contents)
  }

  /// Returns the ids listed for ann.
  private func list(_ arguments: String...) throws -> [String] {
    let result = try Program(in: queries.folder.path).run(
      ["recommend", "--user", "ann", "--format", "csv"] + arguments)
    #expect(result.exitCode == 0, "\(result.errors)")
    return result.output.split(separator: "\n").dropFirst()
      .map { String($0.split(separator: ",", omittingEmptySubsequences: false)[1]) }
  }

  @Test func listsHoldWhatFiltersAdmit() throws {
    #expect(try list() == ["40", "30", "50"])
    #expect(try list("--exclude", "40", "77", "--exclude", "50") == ["30"])
    #expect(try list("--only", "50", "10", "40", "--include-rated") == ["10", "40", "50"])
    #expect(try list("--where", "genre=war and year >= 2000") == ["50"])
    #expect(try list("--where", "not genre=War", "--include-rated") == ["10", "30", "20"])
    try queries.folder.write("50\n30\n", to: "stock.txt")
    #expect(try list("--available", "stock.txt") == ["30", "50"])
    #expect(try list("--available", "stock.txt", "--where", "year<2000") == ["30"])
    let none = try queries.latent("recommend", "--user", "ann", "--only", "10")
    #expect(none.exitCode == 0 && none.errors.contains("No item that the model knows is left"))
  }

  @Test func aConditionThatIsNoneIsPointedAt() throws {
    let unread = try queries.latent("recommend", "--user", "ann", "--where", "genre=War or")
    #expect(unread.exitCode == 64)
    #expect(unread.errors.contains("  genre=War or\n              ^\n"), "\(unread.errors)")
    let unknown = try queries.latent("recommend", "--user", "ann", "--where", "yaer>1990")
    #expect(unknown.exitCode == 1 && unknown.output.isEmpty)
    #expect(
      unknown.errors == """
        error: no item has an attribute 'yaer', at character 1
          yaer>1990
          ^
        Did you mean year? There are genre, year.

        """)
  }

  @Test func aFileThatHoldsNoIDsIsNamedWithItsLine() throws {
    try queries.folder.write("50\nfifty\n", to: "stock.txt")
    let result = try queries.latent("recommend", "--user", "ann", "--available", "stock.txt")
    #expect(result.exitCode == 1)
    #expect(
      result.errors.hasPrefix("error: stock.txt:2: 'fifty' is not the id of an item. In this"))
    let serving = try queries.latent("serve", "--socket", "s", "--available", "stock.txt")
    #expect(serving.exitCode == 1 && serving.errors.contains("stock.txt:2: 'fifty' is not the id"))
  }
}
