import Ratings
import Testing

extension StoreCheck {
  static let items = [
    StoreCheck("items keep title and attributes in order") { fixture throws in
      try fixture.store.write { try $0.fixTypes(user: .integer, item: .text) }
      let genres = ["Sci-Fi", "Action", "Action"].map { ItemAttribute(name: "genre", value: $0) }
      var film = Item(
        id: ItemID("f'1"), title: "Él \"título\" 日本",
        attributes: genres + [.init(name: "", value: "")])
      let untitled = Item(id: ItemID("u"), attributes: [.init(name: "a", value: "\\N\t\n")])
      let blank = Item(id: ItemID("e"), title: "")
      func upsert(_ items: [Item]) throws -> WriteTally {
        try fixture.store.write { try $0.upsert(items) }
      }
      #expect(try upsert([film, untitled, blank]) == WriteTally(added: 3))
      #expect(try upsert([film, untitled, blank]) == WriteTally(unchanged: 3))
      #expect(try fixture.store.item(film.id) == film)
      film.attributes.swapAt(0, 1)
      #expect(try upsert([film, film]) == WriteTally(replaced: 1, unchanged: 1))
      film.title = nil
      #expect(try upsert([film]) == WriteTally(replaced: 1))
      var all: [Item] = []
      try fixture.store.readItems { all.append($0) }
      #expect(all == [blank, film, untitled])
      #expect(try fixture.store.item(ItemID("none")) == nil)
    },
    StoreCheck("an item of which nothing is known is not kept") { fixture throws in
      try fixture.write([Rating(1, 1, 1)])
      func upsert(_ item: Item) throws -> WriteTally {
        try fixture.store.write { try $0.upsert([item]) }
      }
      #expect(try upsert(Item(id: ItemID(5))) == WriteTally(unchanged: 1))
      #expect(try upsert(Item(id: ItemID(5), title: "Five")) == WriteTally(added: 1))
      #expect(try upsert(Item(id: ItemID(5))) == WriteTally(replaced: 1))
      #expect(try fixture.describedItemCount() == 0)
      #expect(try fixture.store.item(ItemID(5)) == nil)
      #expect(try fixture.store.item(ItemID(1)) == Item(id: ItemID(1)))
    },
    StoreCheck("items with a bad id, a NUL or of another type are refused") { fixture throws in
      try fixture.store.write { try $0.fixTypes(user: .integer, item: .text) }
      func refusal(_ item: Item) -> StoreErrorCode? {
        code { _ = try fixture.store.write { try $0.upsert([item]) } }
      }
      #expect(refusal(Item(id: ItemID(""), title: "x")) == .badValue)
      #expect(refusal(Item(id: ItemID("a"), title: "x\0")) == .badValue)
      let attribute = ItemAttribute(name: "\0", value: "")
      #expect(refusal(Item(id: ItemID("a"), attributes: [attribute])) == .badValue)
      #expect(refusal(Item(id: ItemID(1), title: "x")) == .settingsConflict)
    },
    StoreCheck("many items, each with attributes, in the order of their ids") { fixture throws in
      try fixture.store.write { try $0.fixTypes(user: .integer, item: .integer) }
      let many = (0..<5000).map { number in
        Item(
          id: ItemID(Int64(number)), title: number % 5 == 4 ? nil : "Title \(number)",
          attributes: (0...number % 4).map { .init(name: "n\($0)", value: "\(number)") })
      }
      #expect(try fixture.store.write { try $0.upsert(many.reversed()) }.added == 5000)
      var all: [Item] = []
      try fixture.store.readItems { all.append($0) }
      #expect(all == many)
    },
    StoreCheck("search finds titles and ids in any case, also beyond ASCII") { fixture throws in
      try fixture.write([
        Rating(1, 10, 1), Rating(2, 10, 1), Rating(3, 10, 1), Rating(1, 11, 1), Rating(2, 11, 1),
        Rating(1, 210, 1), Rating(1, 12, 1),
      ])
      let titles: [Int64: String] = [
        10: "The MATRIX", 11: "Amélie", 13: "100% Wolf_", 14: "ÉTÉ", 15: "Straße", 16: "ΟΔΟΣ",
        17: "Ame\u{301}lie again",
      ]
      _ = try fixture.store.write {
        try $0.upsert(titles.map { Item(id: ItemID($0), title: $1) })
      }
      func found(_ search: String?, limit: Int = 100) throws -> [Int64] {
        try fixture.store.items(search: search, limit: limit).map {
          guard case .integer(let number) = $0.subject.id.value else { return -1 }
          return number
        }
      }
      #expect(try found(nil) == [10, 11, 12, 210, 13, 14, 15, 16, 17])
      #expect(try found(nil, limit: 2) == [10, 11])
      #expect(try found("") == found(nil))
      #expect(try found("matrix") == [10])
      #expect(try found("AMÉLIE") == [11, 17])
      #expect(try found("été") == [14])
      #expect(try found("STRASSE") == [15])
      #expect(try found("οδος") == [16])
      #expect(try found("10") == [10, 210, 13])
      #expect(try found("%") == [13])
      #expect(try found("_") == [13])
      #expect(try found("nothing") == [])
      let matrix = try fixture.store.items(search: "matrix", limit: 1)
      let expected = Item(id: ItemID(10), title: "The MATRIX")
      #expect(matrix == [Counted(expected, ratingCount: 3)])
    },
  ]
}
