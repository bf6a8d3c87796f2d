import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that list literals written into a cell by programs are read as lists of values.
@Suite struct ListLiteralTests {
  /// Returns the values of the items' column `genres` for each cell.
  private func genres(_ cells: [String]) throws -> [[String]] {
    let fixture = try ImportFixture()
    let lines = cells.enumerated().map { number, cell in
      "\(number),x,\"\(cell.replacing("\"", with: "\"\""))\"\n"
    }
    try fixture.run(items: "id,title,genres\n" + lines.joined())
    return try cells.indices.map { number in
      try fixture.store.item(ItemID(Int64(number)))?.attributes.map(\.value) ?? []
    }
  }

  @Test(arguments: [
    ("['Drama', 'War']", ["Drama", "War"]), ("[\"Drama\", \"War\"]", ["Drama", "War"]),
    ("['Children\\'s', \"Rock 'n' Roll\"]", ["Children's", "Rock 'n' Roll"]),
    ("[u'Drama', u'Caf\\xe9', u'\\u65e5\\u672c']", ["Drama", "Café", "日本"]),
    ("['\\ud83d\\ude00', 'a\\\\b']", ["\u{1F600}", "a\\b"]),
    ("['Drama' 'War']", ["Drama", "War"]), ("[ 'Drama',\n 'War', ]", ["Drama", "War"]),
    ("[{'id': 18, 'name': 'Drama'}, {'id': 10752, 'name': 'War'}]", ["Drama", "War"]),
    ("[{\"id\": 18, \"name\": \"Sci-Fi & Fantasy, all\"}]", ["Sci-Fi & Fantasy, all"]),
    ("{'id': 86, 'name': 'Toy Story Collection', 'poster': None}", ["Toy Story Collection"]),
    ("[{'iso_639_1': 'en', 'name': 'English'}]", ["English"]),
    ("{Drama,War}", ["Drama", "War"]), ("{Drama,\"Film Noir, old\"}", ["Drama", "Film Noir, old"]),
    ("{'Drama', 'War'}", ["Drama", "War"]), ("[Drama, Film Noir]", ["Drama", "Film Noir"]),
    ("[['Drama'], ['War', ['Noir']]]", ["Drama", "War", "Noir"]), ("[1, 2.5]", ["1", "2.5"]),
    ("['Drama', None, nan, '']", ["Drama"]), ("[]", []), ("{}", []),
    ("[{'x': 1}]", ["{'x': 1}"]),
  ])
  func listsAreTakenApart(_ cell: String, _ values: [String]) throws {
    #expect(try genres([cell]) == [values], "\(cell)")
  }

  @Test(arguments: [
    "['Drama', 'War", "['Drama'] and more", "[{'name': 'Drama'", "['\\ud83d']", "{'a': 1, 'b'}",
    "[",
    "['\\x4']",
  ])
  func whatIsNoListStaysAsItStands(_ cell: String) throws {
    #expect(try genres(["['a']", "['b']", cell]) == [["a"], ["b"], [cell]])
  }

  @Test func aFewBracketsMakeNoList() throws {
    let rows = (1..<9).map { "\($0),x,plain\n" }.joined()
    let fixture = try ImportFixture()
    try fixture.run(items: "id,title,original\n0,x,[REC]\n" + rows)
    #expect(try fixture.store.item(ItemID(0))?.attributes.map(\.value) == ["[REC]"])
  }

  @Test func depthIsBounded() throws {
    let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
    #expect(try genres(["['a']", "['b']", deep])[2] == [deep])
  }

  @Test func listsOfJSONAreTakenApart() throws {
    let fixture = try ImportFixture()
    try fixture.run(
      items:
        #"{"id": 1, "title": "a", "genres": [{"id": 18, "name": "Dra\"ma"}, "W\u0061r", null, 7]}"#
        + "\n" + #"{"id": 2, "title": "b", "genres": "['Drama', 'War']"}"#)
    #expect(try fixture.store.item(ItemID(1))?.attributes.map(\.value) == ["Dra\"ma", "War", "7"])
    #expect(try fixture.store.item(ItemID(2))?.attributes.map(\.value) == ["Drama", "War"])
  }
}
