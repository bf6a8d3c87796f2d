import Errors
import Foundation
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that JSON objects, in lines or in an array, are read as records.
@Suite struct JSONTests {
  static let expected = [Rating("1", "2", 3), Rating("1", "é\u{1F600}\"", 4.5)]

  @Test(arguments: [
    #"{"user":1,"item":2,"rating":3}\#n{"user":1,"item":"\u00e9\ud83d\ude00\"","rating":4.5}\#n"#,
    #"[{"user":1,"item":2,"rating":3},{"user":1,"item":"é😀\"","rating":4.5}]"#,
    #"[\#n  {\#n "user" : 1, "item" : 2,\#n "rating": 3\#n },\#n{"rating":45e-1,"x":{"a":[1,{}]},"user":"1","item":"é\uD83D\uDE00\""}\#n]\#n"#,
    #"{"user":1,"item":2,"rating":3,"more":null}{"us\u0065r":1,"item":"é😀\"","rating":4.5}"#,
  ])
  func objectsAreRecords(_ text: String) throws {
    for chunkSize in [1, 2, 7, 1 << 20] {
      #expect(try readRatings(of: text, chunkSize: chunkSize) == Self.expected)
    }
  }

  @Test func keysMayMissWhereTheyAreNotNeeded() throws {
    let text =
      #"{"user":1,"item":2,"rating":3,"time":null}\#n{"rating":4,"item":3,"user":1,"time":964982703}"#
    #expect(
      try readRatings(of: text) == [Rating("1", "2", 3), Rating("1", "3", 4, seconds: 964_982_703)])
    let fault = try #require(try faultReading(Array((text + #"\#n{"user":5,"rating":1}"#).utf8)))
    #expect(fault.code == .badIdentifier && fault.place.line == 3)
  }

  @Test(arguments: [
    ("{\"user\":1,}", "a key in double quotes"), ("{\"user\" 1}", "expected : after a key"),
    ("{\"user\":01}", "expected a value"), ("{\"user\":tru}", "expected a value"),
    ("{\"user\":\"\\x\"}", "a backslash"),
    ("{\"user\":[1 2]}", "expected , or ]"), ("{\"user\":1 \"item\":2}", "expected , or }"),
    ("{\"user\":{'a':1}}", "single quotes"), ("{\"user\":\"a\tb\"}", "control character"),
    ("{\"user\":\"\\u12g4\"}", "four hexadecimal digits"), ("7", "expected an object"),
    (
      "{\"user\":" + String(repeating: "[", count: 80) + String(repeating: "]", count: 80) + "}",
      "levels of nesting"
    ),
  ])
  func whatIsNoJSONIsABadLine(_ line: String, _ problem: String) throws {
    let good = #"{"user":1,"item":2,"rating":3}"#
    let folder = try TemporaryFolder()
    for chunkSize in [1, 5, 1 << 20] {
      let path = try folder.write("\(good)\n\(line)\n\(good)\n", to: "ratings.json")
      let fault = try #require(
        try faultReading(Array("\(good)\n\(line)\n\(good)\n".utf8), chunkSize: chunkSize))
      #expect(fault.code == .badJSON && fault.place.line == 2)
      #expect(fault.problem.contains(problem), "\(fault.problem)")
      let rejects = try RejectsFile(path: folder.path("bad\(chunkSize).json"), apartFrom: [path])
      #expect(try readRatings(path, rejects: rejects, chunkSize: chunkSize).count == 2)
      #expect(rejects.count == 1)
    }
  }

  @Test(arguments: [
    "[{\"user\":1,\"item\":2,\"rating\":3}", "[{\"user\":1,\"item\":2,\"rating\":3},",
    "[{\"user\":1,\"item\":2,\"rating\":3} {\"user\":1,\"item\":2,\"rating\":3}]",
    "[{\"user\":1,\"item\":2,\"rating\":3}] 7", "[{\"user\":1,\"item\":2,\"rating\":3},{\"user\"}]",
  ])
  func aBrokenArrayIsAnError(_ text: String) throws {
    #expect(try faultReading(Array(text.utf8))?.code == .badJSON)
  }

  @Test(arguments: ["user", "item", "rating"]) func objectsAreNoIdsAndNoValues(_ key: String) throws
  {
    for value in ["{\"id\":1}", "[1]"] {
      let text =
        "{"
        + ["user", "item", "rating"].map {
          "\"\($0)\":\($0 == key ? value : "1")"
        }.joined(separator: ",") + "}"
      let fault = try #require(try faultReading(Array((text + "\n" + text).utf8)))
      #expect(fault.code == .badJSON && fault.place.columnName == key, "\(fault)")
    }
  }

  @Test func whatTheProgramSaysOfPythonsObjectsHelps() throws {
    let fault = try #require(try faultReading(Array("{'user': 1, 'item': 2}\n".utf8)))
    #expect(fault.code == .badJSON && fault.remedy.contains("ast.literal_eval"))
  }

  @Test(arguments: ["{}\n", "[{}]"]) func objectsWithoutKeysAreNoRatings(_ text: String)
    throws
  {
    #expect(try faultReading(Array(text.utf8))?.code == .unknownColumns)
  }

  @Test(arguments: ["[]", " [\n]\n", "\u{FEFF}[ ]"]) func anArrayOfNothingIsAnEmptyFile(
    _ text: String
  )
    throws
  {
    #expect(try readRatings(of: text).isEmpty)
    let fixture = try ImportFixture()
    let outcome = try fixture.run(text, items: text)
    #expect(outcome.filesWithoutRows.count == 2)
    for file in outcome.ratingsFiles + outcome.itemsFiles {
      #expect(file.lines.total == (text.contains("\n") ? 2 : 1) && file.lines.isBalanced)
    }
    #expect(try faultReading(Array("[] x\n".utf8)) != nil)
  }

  @Test func halfACharacterAndNULAreBadTextsWhateverTheEncoding() throws {
    for text in ["\\ud83d", "\\ude00", "\\ud83dx", "\\u0000"] {
      let fault = try faultReading(Array(#"{"user":"\#(text)","item":2,"rating":3}"#.utf8))
      #expect(fault?.code == .badText && fault?.place.columnName == "user", "\(text)")
    }
    #expect(
      try readRatings(of: #"{"user":"\ud83d\ude00","item":"b","rating":3}"#)
        == [Rating("\u{1F600}", "b", 3)])
  }

  @Test func aKeyOfRatingsThatComesLateIsRefused() throws {
    let plays = (0..<3000).map { #"{"user":\#($0),"item":1,"note":"x"}\#n"# }
    for key in ["rating", "r\\u0061ting", "stars", "timestamp"] {
      let late = (0..<5).map { #"{"user":\#($0),"item":2,"\#(key)":5}\#n"# }
      let bytes = Array((plays + late).joined().utf8)
      for chunkSize in [1000, 1 << 20] {
        let fault = try #require(try faultReading(bytes, chunkSize: chunkSize))
        #expect(fault.code == .unknownColumns && fault.place.line == 3001)
        #expect(fault.problem.contains(key.hasSuffix("ting") ? "rating" : key), "\(fault)")
      }
      let columns = RatingsFileOptions(columns: try RatingsColumns("user=user,item=item"))
      #expect(try faultReading(bytes, columns) == nil)
    }
    for harmless in ["helpful", "username"] {
      let late = #"{"user":7,"item":2,"\#(harmless)":5}\#n"#
      #expect(try readRatings(of: plays.joined() + late).count == 3001)
    }
  }

  @Test func keysOfItemsThatComeLateAreNamed() throws {
    let fixture = try ImportFixture()
    let early = (0..<1500).map { #"{"id":\#($0),"title":"x"}\#n"# }
    let late = (0..<300).map {
      #"{"id":\#(1500 + $0),"title":"x","k\#($0)":1,"gen\u0072e":"a"}\#n"#
    }
    let outcome = try fixture.run(items: (early + late).joined())
    let doubt = try #require(outcome.doubts.first)
    #expect(doubt.contains("k0, genre, k1, k2"), "\(doubt)")
    #expect(doubt.contains("...") && doubt.contains("line 1501"), "\(doubt)")
    #expect(outcome.items.added == 1800)
    #expect(try fixture.run(items: early.joined()).doubts.isEmpty)
  }

  @Test func keysWithEscapesAreKeys() throws {
    let fixture = try ImportFixture()
    let items = #"{"id":1,"t\u0069tle":"One","g\u00e9nero":"Com\u00e9die","m\"x":"y"}\#n"#
    let outcome = try fixture.run(items: items)
    #expect(
      try fixture.store.item(ItemID(1))
        == Item(
          id: ItemID(1), title: "One",
          attributes: [
            ItemAttribute(name: "género", value: "Comédie"),
            ItemAttribute(name: "m\"x", value: "y"),
          ]))
    #expect(outcome.doubts.isEmpty)
    #expect(
      try readRatings(of: #"{"us\u0065r":"a","item":"b","r\u0061ting":2.5}"#)
        == [Rating("a", "b", 2.5)])
  }

  @Test func everyLineIsAccountedFor() throws {
    let folder = try TemporaryFolder()
    for (text, lines) in [
      ("{\"user\":1,\"item\":2}\n\n{\"user\":1,\"item\":2}", (3, 1, 2)),
      ("[\n{\"user\":1,\n\"item\":2},\n{\"user\":1,\"item\":2}\n]\n", (5, 2, 3)),
      ("[{\"user\":1,\"item\":2},{\"user\":1,\"item\":2}]", (1, 0, 1)),
    ] {
      let path = try folder.write(text, to: "ratings.json")
      let file = try RatingsFile(path: path, options: RatingsFileOptions(), chunkSize: 3)
      var count = 0
      try file.readRatings(
        users: IdentifierForm(.integer), items: IdentifierForm(.integer), scale: nil, batchSize: 9,
        rejects: nil
      ) { count += $0.count }
      #expect(count == 2 && file.tally.records == 2)
      #expect((file.tally.total, file.tally.blank, file.tally.ofRecords) == lines, "\(text)")
    }
  }
}
