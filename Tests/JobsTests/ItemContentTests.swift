import Errors
import Jobs
import Ratings
import TestEnvironment
import Testing
import Trainers

/// Tests the content vectors derived from item attributes and from files.
@Suite struct ItemContentTests {
  private func store(_ items: [Item], rated: Int) -> StoredItems {
    StoredItems(
      items: Dictionary(uniqueKeysWithValues: items.map { ($0.id, $0) }),
      rated: Set(items.prefix(rated).map(\.id)), type: .integer, name: "store")
  }

  private func item(_ id: Int64, _ attributes: (String, String)...) -> Item {
    Item(id: ItemID(id), attributes: attributes.map { ItemAttribute(name: $0, value: $1) })
  }

  private func vector(_ content: ItemContent, _ id: Int64) -> [Float]? {
    content.row(of: ItemID(id)).map { Array(content.vector(at: $0)) }
  }

  /// Each value shared by five rated items has a dimension, the most frequent first. Values of unrated items alone have
  /// none.
  @Test func valuesThatItemsShareAreNumbers() throws {
    let items =
      (0..<6).map { item($0, ("genre", "War"), ("code", "c\($0)")) }
      + (6..<13).map { item($0, ("genre", "Comedy"), ("genre", "Drama")) }
      + (13..<20).map { item($0, ("genre", "Musical")) } + [
        item(20), item(21, ("genre", "War"), ("genre", "Drama")),
      ]
    let content = try AttributeContent().content(of: store(items, rated: 13)).content
    #expect(content.width == 3)
    #expect(vector(content, 7) == [1, 1, 0] && vector(content, 0) == [0, 0, 1])
    #expect(vector(content, 21) == [0, 1, 1])
    #expect(vector(content, 14) == [0, 0, 0])
    #expect(vector(content, 20) == nil)
  }

  /// A year between two quantiles of the rated items' years is split between both, with a sum of 1.
  @Test func numbersLieBetweenQuantiles() throws {
    let items =
      (0..<61).map { item($0, ("year", "\(1940 + $0)")) }
      + [
        item(100, ("year", "1955")), item(101, ("year", "1900")), item(102, ("year", "2030")),
        item(103, ("year", "about")),
      ]
    let content = try AttributeContent().content(of: store(items, rated: 61)).content
    #expect(content.width == 7)
    #expect(vector(content, 100) == [0, 0.5, 0.5, 0, 0, 0, 0])
    #expect(vector(content, 0) == [1, 0, 0, 0, 0, 0, 0])
    #expect(vector(content, 101) == [1, 0, 0, 0, 0, 0, 0])
    #expect(vector(content, 102) == [0, 0, 0, 0, 0, 0, 1])
    #expect(vector(content, 103) == [0, 0, 0, 0, 0, 0, 0])
  }

  /// Of thousands of values, only the most frequent are used.
  @Test func thereIsALimitOnValues() throws {
    let items = (0..<3000).map { item($0, ("tag", "t\($0 % 600)")) }
    let content = try AttributeContent().content(of: store(items, rated: 3000)).content
    #expect(content.width == 512)
  }

  @Test func aFileOfVectorsIsReadByItsIds() throws {
    let folder = try TemporaryFolder()
    try folder.write("item,v0,v1\n1,0.5,-2e-3\n7,1,1\n0003,4,5\nx,1,2\n", to: "vectors.csv")
    let items = (0..<4).map { item($0) }
    let found = try VectorContent(path: folder.path("vectors.csv")).content(
      of: store(items, rated: 3))
    #expect(found.content.count == 2 && found.content.width == 2)
    #expect(vector(found.content, 1) == [0.5, -0.002] && vector(found.content, 3) == [4, 5])
    #expect(found.unknown.count == 2 && found.unknown.first == "7")
  }

  /// Vectors up to the limit are read, and longer ones refused.
  @Test func thereIsALimitOnTheLengthOfVectors() throws {
    let folder = try TemporaryFolder()
    for (width, isGood) in [(ItemContent.widthLimit, true), (ItemContent.widthLimit + 1, false)] {
      let header = (["item"] + (0..<width).map { "v\($0)" }).joined(separator: ",")
      let row = (["1"] + (0..<width).map { "\($0)" }).joined(separator: ",")
      try folder.write("\(header)\n\(row)\n", to: "wide.csv")
      let source = VectorContent(path: folder.path("wide.csv"))
      do {
        let content = try source.content(of: store([item(1)], rated: 1)).content
        #expect(isGood && content.width == width)
      } catch let error as JobError {
        #expect(!isGood && error.code == .badContent && error.problem.contains("the maximum"))
      }
    }
  }
}
