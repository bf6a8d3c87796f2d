import Errors
import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests files without a value column: they are plays or clicks with the value 1, unless the store has other values.
/// Then this has to be confirmed.
@Suite struct ValuelessFileTests {
  static let tags = "userId,movieId,tag,timestamp\n1,10,funny,1300000000\n2,10,dark,1300000001\n"

  let folder: TemporaryFolder
  let store: SQLiteStore

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("latent.sqlite"))
  }

  @discardableResult
  private func run(_ texts: String..., columns: String? = nil) throws -> ImportOutcome {
    let options = RatingsFileOptions(columns: try columns.map { try RatingsColumns($0) })
    let inputs = try texts.enumerated().map { number, text in
      RatingsImport.RatingsInput(
        path: try folder.write(text, to: "\(number).csv"), options: options)
    }
    return try RatingsImport(ratings: inputs).run(into: store)
  }

  private func refusal(_ texts: String...) throws -> RatingsFileError? {
    let inputs = try texts.enumerated().map { number, text in
      RatingsImport.RatingsInput(path: try folder.write(text, to: "\(number).csv"))
    }
    do {
      _ = try RatingsImport(ratings: inputs).run(into: store)
      return nil
    } catch let error as RatingsFileError {
      return error
    }
  }

  private func values() throws -> [Float] {
    var values: [Float] = []
    try store.readRatings(from: .table, batchSize: 100) { batch in
      for position in 0..<batch.count { values.append(batch[position].value) }
    }
    return values.sorted()
  }

  @Test(arguments: ["user,item\n1,10\n2,10\n", "1,10\n2,10\n", "item,time,user\n10,1342575343,1\n"])
  func clicksAreRatingsOf1AgainAndAgain(_ text: String) throws {
    for _ in 0..<2 {
      let outcome = try run(text)
      #expect(outcome.columnDoubts.isEmpty)
      #expect(
        outcome.ratingsFiles.first?.layout?.contains(
          "no value column: every line counts as a rating of 1")
          == true)
    }
    #expect(try values().allSatisfy { $0 == 1 })
  }

  @Test(arguments: [tags, "user,item\n1,10\n", "3,30\n"])
  func ratingsWithValuesAreNotReplaced(_ text: String) throws {
    try run("user,item,rating\n1,10,1\n2,10,4.5\n")
    let error = try #require(try refusal(text))
    #expect(error.code == .noValueColumn)
    #expect(error.problem.contains("the store holds ratings with other values"))
    #expect(try values() == [1, 4.5])
  }

  @Test func explicitFeedbackNeedsValuesAllTheSame() throws {
    try run("user,item,rating\n1,10,1\n2,10,4.5\n")
    let path = try folder.write(Self.tags, to: "tags.csv")
    var importing = RatingsImport(ratings: [.init(path: path)])
    importing.feedback = .explicit
    let error = #expect(throws: RatingsFileError.self) { try importing.run(into: store) }
    #expect(error?.code == .noValueColumn)
    #expect(try values() == [1, 4.5])
    let other = SQLiteStore(path: folder.path("plays.sqlite"))
    importing.feedback = .implicit
    #expect(try importing.run(into: other).ratings.added == 2)
  }

  @Test func theRefusalNamesTheOptionThatIsTaken() throws {
    try run("user,item,rating\n1,10,4\n2,10,4.5\n")
    let error = try #require(try refusal(Self.tags))
    let columns = "user=userId,item=movieId,time=timestamp"
    #expect(error.remedy.contains("`\(columns)`"), "\(error.remedy)")
    #expect(error.remedy.contains("value=NAME"))
    let outcome = try run(Self.tags, columns: columns)
    #expect(outcome.ratings == WriteTally(replaced: 2) && outcome.columnDoubts.isEmpty)
    #expect(try values() == [1, 1])
    try run("3,30,2\n")
    let numbered = try #require(try refusal("3,30\n"))
    #expect(numbered.remedy.contains("`user=1,item=2`"))
  }

  @Test func ratingsOfTheSameImportCountToo() throws {
    let error = try #require(try refusal("user,item,rating\n1,10,4\n", Self.tags))
    #expect(error.code == .noValueColumn && error.place.file.hasSuffix("1.csv"))
    #expect(throws: StoreError.self, "a refused import makes no store") { try values() }
    #expect(try refusal(Self.tags, "user,item,rating\n1,10,4\n")?.code == .noValueColumn)
    #expect(try refusal(Self.tags, "") == nil)
  }

  @Test func aColumnThatMayHoldTheRatingIsNamed() throws {
    let outcome = try run(Self.tags)
    #expect(outcome.ratings == WriteTally(added: 2))
    let doubt = try #require(outcome.columnDoubts.first)
    #expect(doubt.contains("the column tag was not read"))
    #expect(doubt.contains("user=userId,item=movieId,value=tag,time=timestamp"))
    let several = try run("user id,item,how,where\n1,10,a,b\n").columnDoubts
    #expect(several.first?.contains("the columns how, where were not read") == true)
    #expect(several.first?.contains("`'user=user id,item=item'`") == true)
  }
}
