import Errors
import Foundation
import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests the file layouts of the MovieLens data sets distributed by GroupLens.
@Suite struct MovieLensTests {
  private func importFolder(_ path: String, into folder: TemporaryFolder) throws
    -> (store: SQLiteStore, outcome: ImportOutcome)
  {
    let store = SQLiteStore(path: folder.path("latent.sqlite"))
    _ = try store.migrate()
    let found = try MovieLensFolder(path: path)
    let outcome = try RatingsImport(
      ratings: [.init(path: found.ratingsPath, options: found.ratingsOptions)],
      items: found.itemsPath.map { [.init(path: $0, layout: found.itemsLayout)] } ?? []
    ).run(into: store)
    return (store, outcome)
  }

  /// "Les Misérables" in Latin-1.
  private let latin1Title = Array("Les Mis".utf8) + [0xE9] + Array("rables, \"1995\"".utf8)
  private let title = "Les Misérables, \"1995\""

  @Test func theFolderOfRatingsCSV() throws {
    let folder = try TemporaryFolder()
    try folder.write("userId,movieId,rating,timestamp\n1,2,3.5,1342575343\n", to: "ratings.csv")
    try folder.write(
      "movieId,title,genres\n2,\"Les Misérables, \"\"1995\"\"\",Drama|War\n", to: "movies.csv")
    let (store, outcome) = try importFolder(folder.path, into: folder)
    #expect(outcome.ratings.added == 1 && outcome.items.added == 1)
    #expect(try store.item(ItemID(2))?.title == title)
    #expect(try store.ratings(of: UserID(1), limit: 9).first?.value == 3.5)
  }

  @Test func theFolderOfRatingsDat() throws {
    let folder = try TemporaryFolder()
    try folder.write("1::2::5::978300760\n6::2::3::978300761\n", to: "ratings.dat")
    try folder.write(
      Array("2::".utf8) + latin1Title + Array("::Drama|War\n".utf8), to: "movies.dat")
    let (store, outcome) = try importFolder(folder.path + "/", into: folder)
    #expect(outcome.ratings.added == 2)
    #expect(
      try store.item(ItemID(2))
        == Item(
          id: ItemID(2), title: title,
          attributes: [
            ItemAttribute(name: "genre", value: "Drama"),
            ItemAttribute(name: "genre", value: "War"),
          ]))
  }

  @Test(arguments: [true, false]) func theFolderOfUData(_ hasGenreFile: Bool) throws {
    let folder = try TemporaryFolder()
    try folder.write("196\t242\t3\t881250949\n", to: "u.data")
    let flags = hasGenreFile ? "0|1|1" : "0|1|1" + String(repeating: "|0", count: 16)
    try folder.write(
      Array("242|".utf8) + latin1Title + Array("|24-Jan-1997||http://example.org/|\(flags)\n".utf8),
      to: "u.item")
    if hasGenreFile { try folder.write("one|0\ntwo|1\nthree|2\n\n", to: "u.genre") }
    let (store, outcome) = try importFolder(folder.path, into: folder)
    #expect(outcome.ratings.added == 1)
    let item = try #require(try store.item(ItemID(242)))
    #expect(item.title == title)
    #expect(
      item.attributes.map(\.value) == (hasGenreFile ? ["two", "three"] : ["Action", "Adventure"]))
  }

  @Test func aFlagThatIsNoneAndGenresWithGapsAreReported() throws {
    let folder = try TemporaryFolder()
    try folder.write("196\t242\t3\t881250949\n", to: "u.data")
    try folder.write("242|X||||0|x\n", to: "u.item")
    try folder.write("one|0\ntwo|1\n", to: "u.genre")
    #expect {
      try importFolder(folder.path, into: folder)
    } throws: {
      ($0 as? RatingsFileError)?.place.column == 7
    }
    for genres in ["one|0\ntwo|2\n", "one\n", "one|x\n", "one|0\ntwo|0\n"] {
      try folder.write(genres, to: "u.genre")
      #expect(throws: RatingsFileError.self) { try MovieLensFolder(path: folder.path) }
    }
  }

  @Test func otherFoldersAreRefusedByName() throws {
    let folder = try TemporaryFolder()
    #expect {
      try MovieLensFolder(path: folder.path)
    } throws: {
      ($0 as? RatingsFileError)?.code == .unknownLayout
    }
  }

  @Test(
    .enabled(
      if: Requirement.dataSet("ml-latest-small").isMet,
      Comment(rawValue: Requirement.dataSet("ml-latest-small").howToGet)))
  func theRealOne() throws {
    let folder = try TemporaryFolder()
    let path = try Requirement.dataSet("ml-latest-small").resolve()
    let (store, outcome) = try importFolder(path, into: folder)
    #expect(outcome.ratings == WriteTally(added: 100_836))
    #expect(outcome.items == WriteTally(added: 9742))
    #expect(
      try store.summary() == StoreSummary(ratingCount: 100_836, userCount: 610, itemCount: 9742))
    #expect(try store.items(search: nil, limit: .max).count { $0.ratingCount > 0 } == 9724)
    let settings = try store.settings()
    #expect(settings.userType == .integer && settings.itemType == .integer)
    #expect(try store.item(ItemID(11))?.title == "American President, The (1995)")
    #expect(try store.item(ItemID(7789))?.title == "11'09\"01 - September 11 (2002)")
    #expect(try store.item(ItemID(73))?.title == "Misérables, Les (1995)")
  }
}

/// Tests that the tastes planted by fixtures/make-catalogue.py are present.
@Suite struct CatalogueTests {
  @Test func thePlantedTastesAreThere() throws {
    let folder = try TemporaryFolder()
    let store = SQLiteStore(path: folder.path("latent.sqlite"))
    _ = try store.migrate()
    let found = try MovieLensFolder(path: ProjectFolder.fixture("catalogue"))
    let itemsPath = try #require(found.itemsPath)
    let outcome = try RatingsImport(
      ratings: [.init(path: found.ratingsPath, options: found.ratingsOptions)],
      items: [.init(path: itemsPath)], scale: RatingScale(minimum: 0.5, maximum: 5)
    ).run(into: store)
    #expect(outcome.items.added == 120)
    #expect(try store.summary().userCount == 200)

    let genres = ["Comedy", "Crime", "Fantasy", "Romance", "Science Fiction"]
    var mainGenres: [ItemID: String] = [:]
    try store.readItems { mainGenres[$0.id] = $0.attributes.first?.value }
    #expect(Set(mainGenres.values) == Set(genres))
    var convinced = 0
    for number in 1...200 {
      let favoured = genres[number % genres.count]
      let ratings = try store.ratings(of: UserID(Int64(number)), limit: 100)
      func mean(_ isWanted: (Rating) -> Bool) -> Float {
        let values = ratings.filter(isWanted).map(\.value)
        return values.reduce(0, +) / Float(max(1, values.count))
      }
      let liked = mean { mainGenres[$0.item] == favoured }
      let rest = mean { mainGenres[$0.item] != favoured }
      if liked > rest + 0.5 { convinced += 1 }
    }
    #expect(convinced > 170, "\(convinced) of 200 people rate their genre clearly higher")
  }
}
