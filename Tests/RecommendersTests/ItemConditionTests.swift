import Errors
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Conditions on items' attributes: their meaning, compared to a naive evaluator, and the errors for invalid ones.
@Suite struct ItemConditionTests {
  /// Films 0 to 5.
  private static let films: [[(String, String)]] = [
    [("genre", "Comedy"), ("genre", "Film Noir"), ("year", "1946"), ("price", "9.5")],
    [("genre", "Drama"), ("year", "1994"), ("price", "10")],
    [("Genre", "comedy"), ("year", "1995"), ("price", "n/a")],
    [("genre", "Science Fiction"), ("year", "2.001e3"), ("director", "O'Brien")],
    [("director", "Ford, John"), ("released", "1939-03-02")],
    [],
  ]

  private static func catalogue() throws -> ModelCatalogue {
    var contents = RandomModel(itemCount: films.count).contents()
    contents.catalogue.attributes = films.map { film in
      film.map { ItemAttribute(name: $0.0, value: $0.1) }
    }
    return try contents.opened().catalogue
  }

  @Test(arguments: [
    ("genre=Comedy", [0, 2]), ("GENRE = comedy", [0, 2]), ("genre='Film Noir'", [0]),
    ("genre=\"film noir\"", [0]), ("genre!=Comedy", [1, 3, 4, 5]), ("year>=1994", [1, 2, 3]),
    ("year > 1994", [2, 3]), ("year<1994.5", [0, 1]), ("year<=1994", [0, 1]), ("year=2001", [3]),
    ("year='1995'", [2]), ("year!=1995", [0, 1, 3, 4, 5]), ("not year>=1994", [0, 4, 5]),
    ("genre in (drama, 'Film Noir')", [0, 1]), ("genre not in (Drama,Comedy)", [3, 4, 5]),
    ("year in (1994, 1995, 7)", [1, 2]),
    ("genre=Comedy and year>=1990", [2]), ("genre=Comedy or genre=Drama and year=1", [0, 2]),
    ("(genre=Comedy or genre=Drama) and year>1990", [1, 2]),
    ("not genre=Comedy and year<3000", [1, 3]), ("not (genre=Comedy or year=1994)", [3, 4, 5]),
    ("not not genre=Drama", [1]), ("director='O''Brien'", [3]), ("director=\"O'Brien\"", [3]),
    ("director=\"Ford, John\"", [4]), ("released<1940-01-01", [4]), ("price=10", [1]),
    ("price>'10'", [0, 2]), ("NOT genre IN (Drama) AND year<2000", [0, 2]),
    ("'genre'=Drama", [1]), ("genre=Comedy and genre='Film Noir'", [0]),
  ])
  func whatIsAskedIsFound(_ text: String, _ rows: [Int]) throws {
    let found = try Self.catalogue().items(where: try ItemCondition(text))
    #expect(Array(found) == rows)
  }

  @Test(arguments: [
    ("genre=Comedi", ["genre Comedi Comedy"]),
    ("GENRE != 'film noire'", ["genre film noire Film Noir"]),
    (
      "genre in (Drama, Dramma, xyzzy) and not genre=Dramma",
      ["genre Dramma Drama", "genre xyzzy -"]
    ),
    ("genre=Comedy and year=1800", []), ("director<'A' or genre=comedy", []), ("nothing=x", []),
  ])
  func whatNoItemHasIsNamedWithWhatIsSpelledLikeIt(_ text: String, _ words: [String]) throws {
    var contents = RandomModel(itemCount: Self.films.count).contents()
    contents.catalogue.attributes = Self.films.map { film in
      film.map { ItemAttribute(name: $0.0, value: $0.1) }
    }
    let queries = RecommenderQueries(Recommender(model: try contents.opened()))
    let found = queries.unknownValues(of: try ItemCondition(text))
    let told = found.map { "\($0.attribute) \($0.value) \($0.nearest ?? "-")" }
    #expect(told.map { $0.lowercased() } == words.map { $0.lowercased() })
  }

  @Test(arguments: [
    ("", "found the end instead of the name of an attribute, at character 1", "\n^"),
    (
      "genre", "found the end instead of =, !=, <, <=, >, >= or in, at character 6", "genre\n     ^"
    ),
    ("genre=", "found the end instead of a value, at character 7", "genre=\n      ^"),
    ("genre=Film Noir", "found 'Noir' instead of and, or, or the end, at character 12", nil),
    ("genre==Drama", "found '=' instead of a value, at character 7", nil),
    ("genre!Drama", "'!' alone is not a comparison, at character 6", "genre!Drama\n     ^"),
    ("(genre=Drama", "found the end instead of and, or, or ), at character 13", nil),
    ("genre=Drama)", "found ')' instead of and, or, or the end, at character 12", nil),
    ("genre in Drama", "found 'Drama' instead of (, at character 10", nil),
    ("genre in (Drama", "found the end instead of , or ), at character 16", nil),
    ("genre not Drama", "found 'Drama' instead of in, at character 11", nil),
    ("genre=Drama and", "found the end instead of the name of an attribute, at character 16", nil),
    ("and=1", "found 'and' instead of the name of an attribute, at character 1", nil),
    ("genre='Drama", "the quote is not closed, at character 7", "genre='Drama\n      ^"),
    ("yaer>=1990", "no item has an attribute 'yaer', at character 1", "yaer>=1990\n^"),
    ("year>=soon", "'soon' is not a number, but year is numeric, at character 7", nil),
    ("price<10", "price is text, since 'n/a' is not a number, at character 7", nil),
    ("genre=\t\n!", "'!' alone is not a comparison, at character 9", "genre=  !\n        ^"),
  ])
  func whatMeansNothingIsPointedAt(_ text: String, _ problem: String, _ drawing: String?) throws {
    let catalogue = try Self.catalogue()
    let error = #expect(throws: RecommendingError.self) {
      try catalogue.items(where: try ItemCondition(text))
    }
    #expect(error?.code == .badCondition && error?.problem == problem)
    if let drawing { #expect(error?.place == drawing) }
  }

  @Test func anUnknownNameIsToldTheNearestAndAll() throws {
    let catalogue = try Self.catalogue()
    let error = #expect(throws: RecommendingError.self) {
      try catalogue.items(where: try ItemCondition("genre=Drama and yaer=1990"))
    }
    #expect(
      error?.remedy == "Did you mean year? There are director, Genre, price, released, year.")
    let none = try RandomModel(itemCount: 3).contents().opened().catalogue
    let other = #expect(throws: RecommendingError.self) {
      try none.items(where: try ItemCondition("genre=Drama"))
    }
    #expect(other?.remedy.contains("no attributes") == true)
  }

  @Test func lengthAndDepthHaveLimits() throws {
    let deep = ItemCondition.depthLimit
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "genre=Drama" + String(repeating: ")", count: depth)
    }
    let catalogue = try Self.catalogue()
    #expect(Array(try catalogue.items(where: ItemCondition(nested(deep)))) == [1])
    #expect(throws: RecommendingError.self) { try ItemCondition(nested(deep + 1)) }
    let nots = String(repeating: "not ", count: deep)
    #expect(Array(try catalogue.items(where: ItemCondition(nots + "genre=Drama"))) == [1])
    #expect(throws: RecommendingError.self) { try ItemCondition("not " + nots + "genre=Drama") }
    let wide = Array(repeating: "year=1994", count: 300).joined(separator: " or ")
    #expect(Array(try catalogue.items(where: ItemCondition(wide))) == [1])
    let long = "genre=" + String(repeating: "x", count: ItemCondition.byteLimit)
    #expect(throws: RecommendingError.self) { try ItemCondition(long) }
  }

  @Test func aLongConditionIsDrawnInPart() throws {
    let text = Array(repeating: "genre=Drama", count: 100).joined(separator: " or ") + " ?"
    let error = #expect(throws: RecommendingError.self) { try ItemCondition(text) }
    let lines = error?.place.split(separator: "\n") ?? []
    #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 80 })
    let mark = lines.last.map { $0.count - 1 } ?? 0
    #expect(lines.first?.dropFirst(mark).first == "?")
  }

  /// Random fragments of conditions in random order give an error or a condition, nothing else.
  @Test func noTextIsTooOdd() throws {
    let pieces = [
      "genre", "=", "!", "<", ">", "(", ")", ",", "'", "\"", " ", "and ", "or ", " not ", " in ",
      "1994", "é", "e\u{301}", "👩‍👩‍👧", "\0", "\r\n", "\u{202E}", "'x'", "-", "year>=1990",
      "genre=Drama",
    ]
    let catalogue = try Self.catalogue()
    var random = SplitMix64(seed: 11)
    var readCount = 0
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0...9, using: &random))
        .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      do throws(RecommendingError) {
        _ = try catalogue.items(where: try ItemCondition(text))
        readCount += 1
      } catch {
        #expect(error.code == .badCondition && !error.remedy.isEmpty)
        #expect(error.place.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
      }
    }
    #expect(readCount > 50)
  }
}

/// Random conditions on random items.
@Suite struct RandomConditionTests {
  /// A condition as the naive evaluator represents it.
  private indirect enum Naive {
    case test(String, String, [String])
    case both(Naive, Naive)
    case either(Naive, Naive)
    case not(Naive)

    func holds(of item: [ItemAttribute], isNumber: Set<String>) -> Bool {
      switch self {
      case .both(let left, let right):
        left.holds(of: item, isNumber: isNumber) && right.holds(of: item, isNumber: isNumber)
      case .either(let left, let right):
        left.holds(of: item, isNumber: isNumber) || right.holds(of: item, isNumber: isNumber)
      case .not(let node): !node.holds(of: item, isNumber: isNumber)
      case .test(let name, let sign, let values):
        (sign == "!=")
          != item.contains { attribute in
            attribute.name == name
              && values.contains { value in
                isNumber.contains(name)
                  ? Self.compares(Double(attribute.value) ?? .nan, sign, Double(value) ?? .nan)
                  : Self.compares(attribute.value.lowercased(), sign, value.lowercased())
              }
          }
      }
    }

    private static func compares<Value: Comparable>(
      _ left: Value, _ sign: String, _ right: Value
    ) -> Bool {
      switch sign {
      case "<": left < right
      case "<=": left <= right
      case ">": left > right
      case ">=": left >= right
      default: left == right
      }
    }

    /// Returns the text with parentheses only where needed, for the position that binds least.
    func text(_ random: inout SplitMix64) -> String {
      func spaced(_ word: String) -> String { Bool.random(using: &random) ? " \(word) " : word }
      func quoted(_ value: String) -> String { "'" + value.replacing("'", with: "''") + "'" }
      switch self {
      case .both(let left, let right):
        return "\(left.within(2, &random)) and \(right.within(2, &random))"
      case .either(let left, let right): return "\(left.text(&random)) or \(right.text(&random))"
      case .not(let node): return "not \(node.within(3, &random))"
      case .test(let name, let sign, let values):
        guard values.count > 1 else { return name + spaced(sign) + quoted(values[0]) }
        return name + (sign == "=" ? " in (" : " NOT IN (")
          + values.map(quoted).joined(separator: spaced(",")) + ")"
      }
    }

    private func within(_ binding: Int, _ random: inout SplitMix64) -> String {
      let own =
        switch self {
        case .either: 1
        case .both: 2
        case .not, .test: 3
        }
      return own < binding ? "(\(text(&random)))" : text(&random)
    }
  }

  private static let values = [
    "genre": ["Comedy", "comedy", "Drama", "Film Noir", "O'Brien", "a=b", "Ärger"],
    "year": ["1990", "1991", "1992.5", "-3", "0", "1e3"],
    "price": ["1", "10", "9", "free"],
  ]

  private static func condition(_ depth: Int, _ random: inout SplitMix64) -> Naive {
    switch depth > 0 ? Int.random(in: 0..<5, using: &random) : 4 {
    case 0: return .both(condition(depth - 1, &random), condition(depth - 1, &random))
    case 1: return .either(condition(depth - 1, &random), condition(depth - 1, &random))
    case 2: return .not(condition(depth - 1, &random))
    default:
      let name = ["genre", "year", "price"].randomElement(using: &random) ?? ""
      let known = values[name] ?? []
      func value() -> String {
        name == "year" && Bool.random(using: &random)
          ? "\(Int.random(in: 1985...1995, using: &random))"
          : known.randomElement(using: &random) ?? ""
      }
      if Int.random(in: 0..<3, using: &random) == 0 {
        return .test(
          name, Bool.random(using: &random) ? "=" : "!=",
          (0..<Int.random(in: 2...3, using: &random)).map { _ in value() })
      }
      let sign = ["=", "!=", "<", "<=", ">", ">="].randomElement(using: &random) ?? ""
      return .test(name, sign, [value()])
    }
  }

  @Test(arguments: 0..<20) func theyHoldOfTheSameItems(_ seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let items = (0..<80).map { row -> [ItemAttribute] in
      // The first item has every value, so that every name occurs.
      Self.values.sorted { $0.key < $1.key }.flatMap { name, values in
        values.filter { _ in row == 0 || Int.random(in: 0..<4, using: &random) == 0 }
          .map { ItemAttribute(name: name, value: $0) }
      }
    }
    var contents = RandomModel(itemCount: items.count).contents()
    contents.catalogue.attributes = items
    let catalogue = try contents.opened().catalogue
    for _ in 0..<200 {
      let naive = Self.condition(4, &random)
      let text = naive.text(&random)
      guard text.utf8.count <= ItemCondition.byteLimit else { continue }
      let found = try catalogue.items(where: try ItemCondition(text))
      let expected = items.indices.filter { naive.holds(of: items[$0], isNumber: ["year"]) }
      #expect(Array(found) == expected, "\(text)")
    }
  }
}
