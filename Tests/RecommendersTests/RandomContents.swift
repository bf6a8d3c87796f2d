import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment

/// The properties of a random model.
struct RandomContents {
  var userCount = 37
  var itemCount = 53
  var factorCount = 19
  var userType = IdentifierType.integer
  var itemType = IdentifierType.text
  var outputRange = OutputRange(lower: 0, upper: 5.5)
  /// Whether some items have attributes.
  var hasAttributes = false
  var seed: UInt64 = 1

  func make() -> FactorModelContents {
    var random = SplitMix64(seed: seed)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }
    let tables = FactorTables(
      factorCount: factorCount, userFactors: floats(userCount * factorCount),
      itemFactors: floats(itemCount * factorCount), userBiases: floats(userCount),
      itemBiases: floats(itemCount), globalMean: 3.5, outputRange: outputRange)
    var offsets: [UInt64] = [0]
    var rated: [UInt32] = []
    for _ in 0..<userCount {
      rated += (0..<UInt32(itemCount)).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
      offsets.append(UInt64(rated.count))
    }
    var contents = FactorModelContents(
      kind: "dot-bias", users: Self.identifiers(userCount, userType, using: &random),
      items: Self.identifiers(itemCount, itemType, using: &random), tables: tables,
      itemRatingCounts: (0..<itemCount).map { _ in UInt32.random(in: 0...9, using: &random) },
      ratedOffsets: offsets, ratedItems: rated,
      titles: (0..<itemCount).map { $0 % 3 == 0 ? nil : "Titel Nº \($0)" })
    if hasAttributes { contents.catalogue.attributes = Self.attributes(itemCount) }
    return contents
  }

  /// Returns no, one or several attributes per item, one of them twice.
  static func attributes(_ itemCount: Int) -> [[ItemAttribute]] {
    (0..<itemCount).map { row in
      [
        ItemAttribute(name: "genre", value: "Comedy"), ItemAttribute(name: "year", value: "1995"),
        ItemAttribute(name: "genre", value: "Comédie = drôle"),
        ItemAttribute(name: "genre", value: "Comedy"),
      ].enumerated().filter { (row >> $0.offset) & 1 == 1 }.map(\.element)
    }
  }

  /// Returns ascending ids with gaps of all sizes.
  static func identifiers(
    _ count: Int, _ type: IdentifierType, using random: inout SplitMix64
  ) -> IdentifierColumn {
    switch type {
    case .integer:
      var ids: Set<Int64> = []
      while ids.count < count {
        ids.insert(Int64.random(in: -100...100, using: &random))
        if ids.count < count {
          ids.insert(
            Int64(truncatingIfNeeded: random.next()) >> Int.random(in: 0..<64, using: &random))
        }
      }
      return .integers(ids.sorted())
    case .text:
      let letters = ["a", "b", "ä", "Z", "0", "-", "電", "é", "e\u{301}"]
      var ids: Set<ItemID> = []  // compares bytes, as a String would not
      while ids.count < count {
        let length = Int.random(in: 1...9, using: &random)
        ids.insert(
          ItemID((0..<length).map { _ in letters.randomElement(using: &random) ?? "" }.joined()))
      }
      var column = IdentifierColumn(type: .text)
      for id in ids.sorted() { column.append(id) }
      return column
    }
  }
}

extension FactorModelContents {
  /// Opens the model from bytes in memory, as a reader would.
  func opened() throws -> FactorModel {
    try FactorModel(SafetensorsFile(MappedFile(copying: encoded(), named: "memory")))
  }
}
