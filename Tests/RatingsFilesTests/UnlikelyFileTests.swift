import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that files of items or people are not read as ratings, even though columns could be guessed.
@Suite struct UnlikelyFileTests {
  @Test(arguments: [
    (
      "movieId,title,year\n1,Toy Story,1995\n2,Jumanji,1995\n",
      "\"title\" is not a name for the user"
    ),
    ("movieId,title\n1,Toy Story\n2,Jumanji\n", "\"title\" is not a name for the user"),
    ("movieId,name\n1,Toy Story\n", "\"name\" is not a name for the user"),
    ("movieId,genres\n1,Comedy|Drama\n", "\"genres\" is not a name for the user"),
    ("user_id,age\n1,24\n2,53\n", "\"age\" is not a name for the item"),
    ("user_id,name\n1,ann\n2,bob\n", "\"name\" is not a name for the item"),
    ("user_id,gender\n1,F\n2,M\n", "\"gender\" is not a name for the item"),
    ("id,title\n1,Toy Story\n2,Jumanji\n", "\"id\" is not a name for the user"),
    ("who,label,year\nann,a,1995\nbob,b,1999\n", "\"year\" is not a name for the value"),
    (
      "movieId,who,Release Year\n1,a,1995\n2,b,1999\n",
      "\"Release Year\" is not a name for the value"
    ),
    ("movieId,who,made\n1,a,1995\n2,b,1999\n", "made holds years"),
    ("movieId,who,tmdbId\n1,a,862\n2,b,8844\n", "\"tmdbId\" is not a name for the value"),
    (",item,rating\n0,x,3\n1,y,4\n", "\"\" is not a name for the user"),
    ("Unnamed: 0,item,rating\n0,x,3\n1,y,4\n", "is not a name for the user"),
    (
      "{\"_id\": \"a\", \"item\": 1}\n{\"_id\": \"b\", \"item\": 2}\n", "is not a name for the user"
    ),
    ("1,Toy Story,1995\n2,Jumanji,1995\n", "column 3 holds years"),
  ])
  func areRefusedWithWhatWasTakenForWhat(_ text: String, _ reason: String) throws {
    let fault = try #require(try faultReading(Array(text.utf8)), "\(text)")
    #expect(fault.code == .unlikelyColumns, "\(fault)")
    #expect(fault.problem.contains(reason), "\(fault)")
    #expect(fault.problem.contains("user=") && fault.problem.contains("item="))
    #expect(fault.remedy.contains("import it as items") && fault.remedy.contains("user="))
  }

  /// Each line has another item or person, whatever the columns are called.
  @Test(arguments: [
    "movieId,what", "what,movieId", "user_id,what", "a,b", "",
  ])
  func areToldByLinesThatHaveNothingInCommon(_ header: String) throws {
    let isSwapped = header.hasPrefix("what")
    let lines = (0..<12).map { isSwapped ? "thing \($0),\($0)\n" : "\($0),thing \($0)\n" }
    let text = (header.isEmpty ? "" : header + "\n") + lines.joined()
    let fault = try #require(try faultReading(Array(text.utf8)))
    #expect(fault.code == .unlikelyColumns && fault.problem.contains("each line has a different"))
  }

  @Test(arguments: [2000, 12]) func aTableInTheOrderOfItsKeyIsOne(_ count: Int) throws {
    let lines = (0..<count).map { "\($0 + 1),kind \($0 % 5)\n" }
    let fault = try #require(try faultReading(Array(("user_id,what\n" + lines.joined()).utf8)))
    #expect(fault.code == .unlikelyColumns)
  }

  @Test func whatIsSaidHolds() throws {
    let options = RatingsFileOptions(columns: try RatingsColumns("user=title,item=movieId"))
    let read = try readRatings(of: "movieId,title,year\n1,Toy Story,1995\n", options)
    #expect(read == [Rating("Toy Story", "1")])
  }

  @Test func ratingsStayRatings() throws {
    var random = SplitMix64(seed: 4)
    // A log in time order, of users who have not returned so far.
    let log = (0..<1500).map { number in
      "\((number * 7919) % 1_000_003),thing \(Int.random(in: 0..<900, using: &random))\n"
    }
    #expect(try readRatings(of: "user,what\n" + log.joined()).count == 1500)
    // The ratings of one user, and those of few users, sorted by user.
    let own = (0..<30).map { "ann,\($0),\($0 % 5)\n" }
    #expect(try readRatings(of: "who,movie,rating\n" + own.joined()).count == 30)
    let ratings = (0..<1500).map { "\($0 / 500),\($0),\($0 % 5)\n" }
    #expect(try readRatings(of: ratings.joined()).count == 1500)
    let numbers = (0..<1500).map { "\($0),\($0 % 1000),3\n" }
    #expect(try readRatings(of: numbers.joined()).count == 1500)
    #expect(
      try readRatings(of: "user,movieId\n" + (0..<20).map { "\($0),x\($0)\n" }.joined()).count == 20
    )
    for text in [
      "user,title,rating\nann,Alien,4\n", "taster,wine,score\nann,rioja,4\n",
      "user,id,rating\nann,7,4\n", "user,name,rating\nann,Alien,4\n", "user,paid,what\n1,2,x\n",
    ] {
      #expect(try readRatings(of: text).count == 1, "\(text)")
    }
  }
}
