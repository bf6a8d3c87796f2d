import Errors
import Foundation
import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests real-world items files: columns are recognised correctly and reported.
@Suite struct ItemsFileTests {
  let fixture: ImportFixture

  init() throws { fixture = try ImportFixture() }

  private func layout(_ items: String, ratings: String = "user,item\n1,1\n") throws -> String {
    try fixture.run(ratings, items: items) {
      ($0.userType, $0.itemType) = (.text, .text)
    }.itemsFiles.first?.layout ?? ""
  }

  @Test(arguments: [
    ("item,title,artist\n1,One,x\n", "id=item; title=title; attributes artist"),
    ("id,title,isbn\n1,One,x\n", "id=id; title=title; attributes isbn"),
    ("ISBN;Book-Title;Book-Author\n1;One;x\n", "id=ISBN; title=Book-Title; attributes Book-Author"),
    (
      "movieId,original_title,title\n1,x,One\n",
      "id=movieId; title=title; attributes original_title"
    ),
    (
      "movieId,genres\n1,a|b\n",
      "id=movieId; no titles; lists of attributes genre from genres (by |)"
    ),
    ("book_id,isbn,name\n1,x,One\n", "id=book_id; title=name; attributes isbn"),
  ])
  func columnsAreFound(_ items: String, _ expected: String) throws {
    #expect(try layout(items) == expected)
  }

  @Test(arguments: [
    ("Heat (1995)", "1995"), ("Fleabag (2016-2019) ", "2016"), ("Black Mirror (2011– )", "2011"),
    ("Seven (a.k.a. Se7en) (1995)", "1995"), ("Apollo 13", nil), ("Heat (1995) again", nil),
    ("Heat (95)", nil), ("Flight (1234567)", nil), ("Room (4)", nil), ("(0042)", nil),
    ("Die Hard (1988 cut)", nil), ("Heat (１９９５)", nil), ("()", nil), (")", nil),
  ])
  func aYearAtTheEndOfATitleIsAnAttribute(_ title: String, _ year: String?) throws {
    let items = "item,title\n1,\"\(title)\"\n2,One (1990)\n3,Two (1991)\n"
    #expect(try layout(items) == "id=item; title=title; year from the ends of titles")
    #expect(
      try fixture.store.item(ItemID("1"))?.attributes
        == (year.map { [ItemAttribute(name: "year", value: $0)] } ?? []))
  }

  @Test func yearsThatFewTitlesEndInOrAColumnHasAreLeftAlone() throws {
    #expect(
      try layout("item,title\n1,One (1990)\n2,Two\n3,Three\n") == "id=item; title=title")
    #expect(
      try layout("item,title,Year\n1,One (1990),1991\n")
        == "id=item; title=title; attributes Year")
  }

  @Test func theRatingsOwnColumnIsTheID() throws {
    let items = "id,book_id,isbn,title\n7,1,x,One\n"
    #expect(try layout(items).hasPrefix("id=id;"))
    #expect(try layout(items, ratings: "user_id,book_id\n1,1\n").hasPrefix("id=book_id;"))
    #expect(try layout(items, ratings: "user_id,isbn\n1,1\n").hasPrefix("id=isbn;"))
  }

  @Test func columnsCanBeSaid() throws {
    let path = try fixture.folder.write(
      "tconst\tprimaryTitle\tgenres\tyear\nt1\t\"One\tDrama,War\t1999\nt2\tTwo\t\\N\t\\N\n",
      to: "title.tsv")
    let options = ItemsFileOptions(
      columns: try ItemsColumns("id=tconst,title=primaryTitle,genre=genres,when=4"))
    let importing = RatingsImport(
      ratings: [], items: [.init(path: path, options: options)], userType: .text)
    let outcome = try importing.run(into: fixture.store)
    #expect(outcome.items.added == 2)
    #expect(
      try fixture.store.item(ItemID("t1"))
        == Item(
          id: ItemID("t1"), title: "\"One",
          attributes: [
            ItemAttribute(name: "genre", value: "Drama"),
            ItemAttribute(name: "genre", value: "War"),
            ItemAttribute(name: "when", value: "1999"),
          ]))
    #expect(try fixture.store.item(ItemID("t2"))?.attributes.isEmpty == true)
  }

  @Test(arguments: ["", "title=x", "id=", "id=1,id=2", "=x", "id=0", "id"])
  func malformedColumnsAreRefused(_ text: String) {
    #expect(throws: RatingsFileError.self) { try ItemsColumns(text) }
  }

  @Test func namesOfColumnsAreUnescapedAsCellsAre() throws {
    try fixture.run(items: "id,title,\"a\\\"\"b\"\n1,One,x\n")
    #expect(
      try fixture.store.item(ItemID(1))?.attributes
        == [ItemAttribute(name: "a\\\"b", value: "x")])
  }

  @Test func listsAreTakenApart() throws {
    try fixture.run(
      "user,item\n1,1\n",
      items: "id,title,moods,tags\n1,One,a|b,\"x, y\"\n2,Two,c,z\n")
    #expect(
      try fixture.store.item(ItemID(1))?.attributes.map { "\($0.name)=\($0.value)" }
        == ["moods=a", "moods=b", "tag=x", "tag=y"])
    try fixture.run(
      items: #"{"asin": 3, "title": "Three", "categories": [["a|b", "c"], "d"], "more": {"x": 1}}"#)
    #expect(
      try fixture.store.item(ItemID(3))?.attributes.map { "\($0.name)=\($0.value)" }
        == ["category=a|b", "category=c", "category=d", "more={\"x\": 1}"])
  }

  @Test func whatIsNothingIsNoAttributeAndNoTitle() throws {
    try fixture.run(
      items:
        "id,title,genres,maker\n1,\\N,Action | Comedy ,NA\n2,NULL,  War|NULL,null\n3,NA,,x\n4,Nan,,\n"
    )
    #expect(
      try fixture.store.item(ItemID(1))
        == Item(
          id: ItemID(1),
          attributes: [
            ItemAttribute(name: "genre", value: "Action"),
            ItemAttribute(name: "genre", value: "Comedy"),
          ]))
    #expect(
      try fixture.store.item(ItemID(2))
        == Item(id: ItemID(2), attributes: [ItemAttribute(name: "genre", value: "War")]))
    #expect(
      try fixture.store.item(ItemID(3))
        == Item(id: ItemID(3), attributes: [ItemAttribute(name: "maker", value: "x")]))
    // There is a film of this name.
    #expect(try fixture.store.item(ItemID(4)) == Item(id: ItemID(4), title: "Nan"))
  }

  @Test func wordsInAttributesAreMissingAsProgramsWriteThem() throws {
    try fixture.run(
      items: "id,title,maker\n1,One,None\n2,Two,nan\n3,Three,NaN\n4,Four,Nan\n5,Five,Nil\n")
    for (id, makers) in [(1, []), (2, []), (3, []), (4, ["Nan"]), (5, ["Nil"])] {
      #expect(
        try fixture.store.item(ItemID(Int64(id)))?.attributes.map(\.value) == makers, "\(id)")
    }
  }

  @Test(arguments: [
    "code,label\n2,foo\n3,bar\n", "code;what\n2;foo\n", "sku\tlabel\nx2\tfoo\ny3\tbar\n",
  ])
  func aHeaderIsSeenByWhatIsBelowIt(_ text: String) throws {
    let outcome = try fixture.run(items: text)
    #expect(outcome.itemsFiles.first?.lines.header == 1)
    #expect(
      try fixture.store.items(search: nil, limit: 9).allSatisfy { $0.subject.id != ItemID("code") })
    #expect(outcome.itemType == (text.contains("x2") ? .text : .integer))
  }

  @Test func aFirstLineThatIsAnItemStaysOne() throws {
    for text in ["2,foo\n3,bar\n", "x2,foo\ny3,bar\n", "ab,foo\ncd,bar\n"] {
      let fixture = try ImportFixture()
      #expect(try fixture.run(items: text).items.added == 2, "\(text)")
    }
  }

  @Test func whetherThereIsAHeaderCanBeSaid() throws {
    func added(_ text: String, _ options: ItemsFileOptions) throws -> [String] {
      let fixture = try ImportFixture()
      let path = try fixture.folder.write(text, to: "said.csv")
      let importing = RatingsImport(ratings: [], items: [.init(path: path, options: options)])
      _ = try importing.run(into: fixture.store)
      return try fixture.store.items(search: nil, limit: 9).map { "\($0.subject.id)" }.sorted()
    }
    let words = "ab,foo\ncd,bar\n"
    #expect(try added(words, ItemsFileOptions(hasHeader: true)) == ["cd"])
    let known = "id,title\nx,One\n"
    #expect(try added(known, ItemsFileOptions(hasHeader: false)) == ["id", "x"])
    let numbers = try ItemsColumns("id=1,title=2,genre=3")
    let unknown = "zz,tt,gg\n2,foo,a|b\n"
    #expect(try added(unknown, ItemsFileOptions(columns: numbers)) == ["2"])
    #expect(
      try added(unknown, ItemsFileOptions(hasHeader: false, columns: numbers)) == ["2", "zz"])
    #expect {
      try added(known, ItemsFileOptions(hasHeader: false, columns: ItemsColumns("id=id")))
    } throws: {
      ($0 as? RatingsFileError)?.code == .badRequest
    }
    #expect {
      try added("{\"id\": 1}", ItemsFileOptions(DialectOptions(delimiter: .comma)))
    } throws: {
      ($0 as? RatingsFileError)?.code == .badRequest
    }
  }

  @Test func oneBarMakesNoList() throws {
    let rows = (2..<20).map { "\($0),x,plain,a\($0 % 3 == 0 ? "|b" : "")\n" }
    let outcome = try fixture.run(
      items: "id,title,about,moods\n1,x,left | right,a|b\n" + rows.joined())
    #expect(
      outcome.itemsFiles.first?.layout
        == "id=id; title=title; attributes about; lists of attributes moods (by |)")
    #expect(
      try fixture.store.item(ItemID(1))?.attributes.map(\.value) == ["left | right", "a", "b"])
  }

  @Test func theUsualSignOfAListSeparates() throws {
    let rows = (2..<20).map { "\($0),x,\"Drama, War\"\n" }
    let outcome = try fixture.run(items: "id,title,genres\n1,x,Noir|Neo\n" + rows.joined())
    #expect(outcome.itemsFiles.first?.layout?.hasSuffix("genre from genres (by ,)") == true)
  }

  @Test func badItemsCanBeSetAside() throws {
    let rejects = fixture.folder.path("bad.csv")
    let outcome = try fixture.run(
      "user,item\n1,1\n", items: "id,title\n1,One\n2,Two,x\n,Three\nx,Four\n5,Five\n"
    ) {
      $0.itemType = .integer
      $0.rejectsPath = rejects
    }
    #expect(
      outcome.items.added == 2 && outcome.rejectedItemCount == 3 && outcome.rejectedCount == 0)
    #expect(
      try String(contentsOfFile: rejects + ".items", encoding: .utf8)
        == "id,title\n2,Two,x\n,Three\nx,Four\n")
    #expect(FileManager.default.fileExists(atPath: rejects + ".items.reasons"))
    #expect(outcome.itemsFiles.first?.lines.records == 5)
  }
}
