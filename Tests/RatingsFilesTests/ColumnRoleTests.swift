import Errors
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that column roles are inferred from names and contents, reported with reasons, and asked for if ambiguous.
@Suite struct ColumnRoleTests {
  private func layout(_ text: String) throws -> String {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "ratings.csv")
    return try #require(try RatingsFile(path: path, options: RatingsFileOptions()).summary)
  }

  @Test(arguments: [
    (
      "taster,wine,score\nann,rioja,4\n",
      "user=taster by elimination, item=wine by name, value=score by name"
    ),
    (
      "who,what,how\nann,rioja,4\n",
      "user=who by order, item=what by order, value=how by its numbers"
    ),
    ("who,what,score\n1,2,4\n", "user=who by order, item=what by order, value=score by name"),
    ("who,what\nann,4\n", "user=who, item=what"),
    ("who,what,how,seen\nann,rioja,4,2001-02-03\n", "time=seen by its times"),
    ("user,thing\nann,rioja\n", "user=user by name, item=thing by elimination"),
    ("ann,rioja,4\nbob,cava,3\n", "user=column 1, item=column 2, value=column 3"),
    ("ann,rioja,1342575343\nbob,cava,1342575344\n", "time=column 3 by its times"),
    (
      "ann,rioja,2001-02-03,4\nbob,cava,2001-02-04,5\n",
      "value=column 4 by its numbers, time=column 3"
    ),
    ("user_id,user_name,item\n1,ann,2\n", "user=user_id, item=item"),
    ("book_id,user_id,rating\n1,2,3\n", "user=user_id, item=book_id, value=rating"),
    (
      "customer_id\tproduct_id\tstar_rating\thelpful_votes\nc\tp\t4\t1\n",
      "user=customer_id, item=product_id, value=star_rating (by name"
    ),
    ("User,Film,My Score,title_rating\nann,7,4,good\n", "value=My Score"),
    ("user,item,avg_rating\nann,7,4\n", "user=user, item=item; no value column"),
    ("userID\tartistID\tweight\n1\t2\t30\n", "value=weight"),
    (
      "{\"stars\": 4, \"business_id\": \"x\", \"user_id\": \"y\", \"date\": \"2001-02-03 04:05:06\"}\n",
      "user=user_id, item=business_id, value=stars, time=date (by name, JSON)"
    ),
  ])
  func columnsAreFound(_ text: String, _ expected: String) throws {
    let summary = try layout(text)
    #expect(summary.contains(expected), "\(summary)")
  }

  @Test(arguments: [
    "a,b,c\n1,2,3\n", "who,what,how,where\nann,b,3,c\n",
    "u\tartist id\tartist name\t7\nv\tx\ty\t8\n",
    "user,item,itemid\n1,2,3\n", "isbn,book_id,user,rating\n1,2,3,4\n",
    "1,2014-04-07T10:51:09.277Z,214536502\n2,2014-04-07T10:54:09.868Z,214536500\n",
    "1500000000,12,345\n1500000007,13,346\n", "ann,2014-04-07\nbob,2014-04-08\n",
    "user,item,my_rating,your_rating\n1,2,3,4\n",
    "{\"a\": 1, \"b\": 2, \"c\": 3}\n", "u,2001-02-03T04:05:06Z,x,y,z,w\n",
  ])
  func whatIsNotClearIsAsked(_ text: String) throws {
    let fault = try #require(try faultReading(Array(text.utf8)))
    #expect(fault.code == .unknownColumns, "\(fault)")
    #expect(fault.remedy.contains("user="))
  }

  @Test func aHeaderIsOneWhateverItsWords() throws {
    for text in ["taster,wine,score\nann,rioja,4\n", "rueda,cava,?\nann,rioja,4\nbob,cava,3\n"] {
      let read = try readRatings(of: text)
      #expect(read.first == Rating("ann", "rioja", 4), "\(text)")
    }
    // A first line of numbers above numbers is not a header.
    #expect(try readRatings(of: "7,rioja,4\n8,cava,3\n").count == 2)
    let fault = try faultReading(Array("7,rioja,?\n8,cava,3\n".utf8))
    #expect(fault?.code == .notANumber && fault?.place.line == 1)
  }

  @Test func wordsWhereNumbersAreMeantPointAtTheColumns() throws {
    let fault = try #require(try faultReading(Array("user,item,rating\na,b,genres\n".utf8)))
    #expect(fault.problem == "\"genres\" is not a number")
    #expect(!fault.remedy.contains("decimal point") && fault.remedy.contains("value=NAME"))
  }

  @Test(arguments: ["just some text\nand more\n", "word\n"])
  func textWithoutColumnsIsCalledThat(_ text: String) throws {
    let fault = try #require(try faultReading(Array(text.utf8)))
    #expect(fault.code == .noDelimiter && fault.problem.contains("no line has columns"))
    #expect(!fault.remedy.contains("omit it"))
    let given = RatingsFileOptions(DialectOptions(delimiter: .bar))
    #expect(try faultReading(Array(text.utf8), given)?.remedy.contains("omit it") == true)
  }

  @Test func timesTellTheirUnit() throws {
    for (time, unit) in [("964982703", "s"), ("964982703000", "ms"), ("964982703000000", "us")] {
      let text = "user,item,rating,time\na,b,3,\(time)\n"
      #expect(try readRatings(of: text) == [Rating("a", "b", 3, seconds: 964_982_703)])
      #expect(try layout(text).contains("times in \(unit)") == (unit != "s"))
    }
  }
}
