import Ratings
import Recommenders
import TestEnvironment

/// A small made-up model whose answers can be worked out by hand: five users, six films, two factors.
///
/// User 1 likes the first factor, user 2 the second, users 3 to 5 neither.
enum Catalogue {
  static let titles: [String?] = [
    "The Long Rain", "Harbour \"Lights\"", "Étude", nil, "Two Doors", "Night Train",
  ]

  /// Returns the model; `shift` is added to every score, so that versions differ.
  static func contents(shift: Float = 0) -> FactorModelContents {
    var contents = FactorModelContents(
      kind: "dot-bias", users: .integers([1, 2, 3, 4, 5]),
      items: .integers([10, 20, 30, 40, 50, 60]),
      tables: FactorTables(
        factorCount: 2, userFactors: [1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        itemFactors: [1, 0, 0.5, 0.5, 0, 1, -1, 0, 0, 0, 0.5, 0.25],
        userBiases: [0, 0.25, 0, 0, 0], itemBiases: [0, 0, 0, 0, 0.5, 0.125],
        globalMean: 3 + shift),
      itemRatingCounts: [2, 1, 0, 1, 4, 3], ratedOffsets: [0, 1, 2, 2, 3, 6],
      ratedItems: [4, 2, 4, 0, 1, 5],
      titles: titles)
    contents.catalogue.attributes = attributes
    return contents
  }

  /// The fourth film has no attributes.
  private static let attributes: [[ItemAttribute]] = [
    ("Drama", 1990), ("Comedy", 1994), ("Drama", 1999), nil, ("Comedy", 2001), ("Thriller", 2001),
  ].map { film in
    guard let (genre, year) = film else { return [] }
    return [
      ItemAttribute(name: "genre", value: genre), ItemAttribute(name: "year", value: "\(year)"),
    ]
  }

  /// Returns the same model with text ids.
  static func textContents() -> FactorModelContents {
    var contents = contents()
    var users = IdentifierColumn(type: .text)
    for name in ["ada", "bob", "eve", "mal lory", "zoë"] { users.append(UserID(name)) }
    var items = IdentifierColumn(type: .text)
    for name in ["alpha", "beta", "delta", "gamma", "omega", "sigma"] { items.append(ItemID(name)) }
    contents.catalogue.users = users
    contents.catalogue.items = items
    return contents
  }

  /// Returns a model of random numbers with users 0 ..< `userCount` and items 0 ..< `itemCount`.
  static func random(
    userCount: Int, itemCount: Int, factorCount: Int, seed: UInt64
  ) -> FactorModelContents {
    var random = SplitMix64(seed: seed)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -0.3...0.3, using: &random) }
    }
    return FactorModelContents(
      kind: "dot-bias", users: .integers((0..<Int64(userCount)).map { $0 }),
      items: .integers((0..<Int64(itemCount)).map { $0 }),
      tables: FactorTables(
        factorCount: factorCount, userFactors: floats(userCount * factorCount),
        itemFactors: floats(itemCount * factorCount), userBiases: floats(userCount),
        itemBiases: floats(itemCount), globalMean: 3.5),
      itemRatingCounts: (0..<itemCount).map { UInt32($0 % 100) },
      ratedOffsets: (0...userCount).map { UInt64($0) * 20 },
      ratedItems: (0..<userCount).flatMap { user in
        (0..<20).map { UInt32(($0 * (itemCount / 20) + user) % itemCount) }.sorted()
      },
      titles: (0..<itemCount).map { "Title \($0)" })
  }
}
